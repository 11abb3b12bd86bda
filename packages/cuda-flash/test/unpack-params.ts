import { PARAMS } from '../src/params.js'

export type Member = keyof typeof PARAMS.fields
export type Unpacked = Readonly<Record<Member, number | bigint>>

/** The members of the parameters of a launch. */
export function unpackParams(bytes: Uint8Array): Unpacked {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const read = {
    u64: (at: number) => view.getBigUint64(at, true),
    i64: (at: number) => view.getBigInt64(at, true),
    i32: (at: number) => view.getInt32(at, true),
    f32: (at: number) => view.getFloat32(at, true),
  }
  const members = Object.entries(PARAMS.fields).map(([name, type]) => {
    return [name, read[type](PARAMS.offsets[name as Member])]
  })
  return Object.fromEntries(members)
}
