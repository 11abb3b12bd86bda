/** Whether a mask without a rule that one could guess keeps a key; it keeps the first key of each row. */
export function scattered(batch: number, row: number, key: number): boolean {
  return key === 0 || (batch * 7 + row * 3 + key * 5) % 4 > 0
}

/** The values of that mask, contiguous. */
export function scatteredMask(batch: number, rows: number, keys: number): readonly number[] {
  return Array.from({ length: batch * rows * keys }, (_, at) => {
    const row = Math.floor(at / keys)
    return Number(scattered(Math.floor(row / rows), row % rows, at % keys))
  })
}

const NOT_BINARY = [1, 0, -1, 7, 2, -9, 0, 1, 3]

/** Values of (batch, key): masks are not only 0 and 1. */
export function notBinaryMask(batch: number, keys: number): readonly number[] {
  return Array.from({ length: batch * keys }, (_, at) => NOT_BINARY[(at % keys) % 9]!)
}

/** Whether they keep a key. */
export function isKept(_batch: number, _query: number, key: number): boolean {
  return NOT_BINARY[key % 9]! > 0
}
