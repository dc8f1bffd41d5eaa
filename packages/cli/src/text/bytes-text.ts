const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `46 bytes`, `1.2 MiB`. */
export function bytesText(bytes: number): string {
  let unit = 0
  let size = bytes
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 ? size.toLocaleString('en') : size.toFixed(1)} ${size === 1 && unit === 0 ? 'byte' : UNITS[unit]}`
}
