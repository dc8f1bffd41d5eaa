/** An object with some of its methods replaced; the others still see the object itself. */
export function overriding<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own = Reflect.get(name in methods ? methods : target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}
