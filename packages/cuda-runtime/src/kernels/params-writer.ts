import type { ParamsLayout, ParamType } from './params-layout.js'

/** The value of each member: bigints for pointers, numbers for the rest. */
export type ParamValues<F extends Readonly<Record<string, ParamType>>> = {
  readonly [K in keyof F]: F[K] extends 'u64' ? bigint : number
}

type Setter = (view: DataView, offset: number, value: never) => void

const SETTERS: Readonly<Record<ParamType, Setter>> = {
  u64: (view, offset, value: bigint) => view.setBigUint64(offset, value, true),
  i64: (view, offset, value: number) => {
    view.setInt32(offset, value | 0, true)
    view.setInt32(offset + 4, Math.floor(value / 0x1_0000_0000), true)
  },
  i32: (view, offset, value: number) => view.setInt32(offset, value, true),
  f32: (view, offset, value: number) => view.setFloat32(offset, value, true),
}

/**
 * Makes a function that packs parameters into bytes. It uses one buffer over and over: native code has
 * read it when the launch returns.
 */
export function paramsWriter<F extends Readonly<Record<string, ParamType>>>(
  layout: ParamsLayout<F>,
): (values: ParamValues<F>) => Uint8Array {
  const bytes = new Uint8Array(layout.size)
  const view = new DataView(bytes.buffer)
  const members = Object.entries(layout.fields).map(([name, type]) => {
    return { name, set: SETTERS[type], offset: layout.offsets[name]! }
  })
  return (values) => {
    for (const { name, set, offset } of members) set(view, offset, values[name] as never)
    return bytes
  }
}
