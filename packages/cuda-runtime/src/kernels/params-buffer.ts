/**
 * The parameters of a launch as bytes, written member by member: quicker than {@link paramsWriter} where a launch
 * is made for every token. Places are in bytes. One buffer is used over and over: native code has read it when
 * the launch returns.
 */
export class ParamsBuffer {
  readonly bytes: Uint8Array
  readonly #addresses: BigUint64Array
  readonly #integers: Int32Array

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.#addresses = new BigUint64Array(this.bytes.buffer)
    this.#integers = new Int32Array(this.bytes.buffer)
  }

  /** u64. */
  setAddress(at: number, value: bigint): void {
    this.#addresses[at / 8] = value
  }

  /** i64 of an integer that a number holds exactly. */
  setLong(at: number, value: number): void {
    this.#integers[at / 4] = value | 0
    this.#integers[at / 4 + 1] = Math.floor(value / 0x1_0000_0000)
  }

  /** i32. */
  setInteger(at: number, value: number): void {
    this.#integers[at / 4] = value
  }
}
