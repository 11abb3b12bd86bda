/** Types of the members of a kernel's parameters, as JavaScript writes them. */
export type ParamType = 'u64' | 'i64' | 'i32' | 'f32'

const BYTES: Readonly<Record<ParamType, number>> = { u64: 8, i64: 8, i32: 4, f32: 4 }

/** Where each member lies, and the size of all. */
export interface ParamsLayout<F extends Readonly<Record<string, ParamType>>> {
  readonly fields: F
  readonly offsets: Readonly<Record<keyof F & string, number>>
  readonly size: number
}

/**
 * The layout of a struct of C with these members in this order. Throws when the compiler would have to
 * pad it: such a struct must name its padding.
 */
export function paramsLayout<F extends Readonly<Record<string, ParamType>>>(
  fields: F,
): ParamsLayout<F> {
  const offsets: Record<string, number> = {}
  let size = 0
  let alignment = 1
  for (const [name, type] of Object.entries(fields)) {
    if (size % BYTES[type] !== 0) throw new RangeError(`${name} needs padding before it`)
    offsets[name] = size
    size += BYTES[type]
    alignment = Math.max(alignment, BYTES[type])
  }
  if (size % alignment !== 0) throw new RangeError('the end needs padding')
  return { fields, offsets: offsets as Record<keyof F & string, number>, size }
}
