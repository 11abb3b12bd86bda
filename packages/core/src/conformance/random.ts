/** Numbers that a seed determines (the generator `mulberry32`), with the draws that problems need. */
export class Random {
  #state: number
  #spare: number | undefined

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** In [0, 1). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.uniform() * (most - least + 1))
  }

  /** An integer from `least`, at least 1, to `most`, whose logarithm is uniform. */
  logInteger(least: number, most: number): number {
    const exponent = Math.log(least) + this.uniform() * (Math.log(most + 1) - Math.log(least))
    return Math.min(Math.floor(Math.exp(exponent)), most)
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!
  }

  /** Gaussian with mean 0 and standard deviation 1 (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return spare
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = y * factor
      return x * factor
    }
  }
}
