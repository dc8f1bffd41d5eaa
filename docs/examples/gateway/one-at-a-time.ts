/** Carries out work that has one key in the order in which it came. */
export type InOrder = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** A chat's messages are answered one after the other, and those of different chats side by side. */
export function oneAtATime(): InOrder {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const done = (last.get(key) ?? Promise.resolve()).then(work, work)
    const settled = done.then(
      () => undefined,
      () => undefined,
    )
    last.set(key, settled)
    void settled.then(() => last.get(key) === settled && last.delete(key))
    return done
  }
}
