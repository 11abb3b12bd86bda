/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const size of shape) count *= size
  return count
}

/** Whether `shape` is a list of sizes whose product can be counted exactly. */
export function isShape(shape: unknown): shape is readonly number[] {
  if (!Array.isArray(shape)) return false
  const sizes = shape as readonly unknown[]
  if (!sizes.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)) return false
  return Number.isSafeInteger(elementCount(shape as readonly number[]))
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** A shape as messages show it, e.g. `(2, 128, 768)`. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`
}
