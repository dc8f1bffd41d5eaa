/**
 * What `--namespace` an import of the source may have had for a session to be in this namespace: none, where the source
 * has namespaces of its own (profiles), `work` for the profiles of a source in `work/profile`, or this very one.
 */
export function importNamespaces(namespace: string | undefined): (string | undefined)[] {
  if (namespace === undefined) return [undefined]
  const slash = namespace.lastIndexOf('/')
  return [undefined, ...(slash > 0 ? [namespace.slice(0, slash)] : []), namespace]
}
