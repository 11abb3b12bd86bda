const MAX_LENGTH = 60

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}

/** A value of any type as a few words for a message, without calling code of the value's own. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (typeof value === 'bigint') return shorten(`${value}n`)
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (ArrayBuffer.isView(value)) return `${viewName(value)}(${viewLength(value)})`
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)!.get!

/** The constructor's name of a typed array, as the engine knows it; `DataView` for those. */
export function viewName(view: ArrayBufferView): string {
  return (typedArrayTag.call(view) as string | undefined) ?? 'DataView'
}

function viewLength(view: ArrayBufferView): number {
  return (view as { length?: number }).length ?? view.byteLength
}
