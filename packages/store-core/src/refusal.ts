const MARK = Symbol.for('@faircopy/store-core/refusal')

/**
 * A function that only refuses, for callers whose types were lost on the way: what it is called for is not there, and
 * whoever asks which capabilities an object has ({@link isRefusal}) is told so.
 */
export function refusal<F extends () => unknown>(refuse: F): F {
  return Object.defineProperty(refuse, MARK, { value: true })
}

/** Whether a method is one that only refuses, also when it was made by another copy of this package. */
export function isRefusal(method: unknown): boolean {
  return typeof method === 'function' && (method as { readonly [MARK]?: unknown })[MARK] === true
}
