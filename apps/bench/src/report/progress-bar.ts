const WIDTH = 24

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A bar on a terminal's last line; writes nothing where `output` is no terminal. */
export class ProgressBar {
  readonly #output: Output
  readonly #total: number
  readonly #start = performance.now()
  #done = 0

  constructor(output: Output, total: number) {
    this.#output = output
    this.#total = total
  }

  /** Shows what is being worked on. */
  show(label: string): void {
    const filled = Math.round((this.#done / this.#total) * WIDTH)
    const bar = '█'.repeat(filled).padEnd(WIDTH, '░')
    this.#line(`${bar} ${this.#done}/${this.#total} ${this.#remaining()}${label}`)
  }

  /** Counts one step as done. */
  advance(): void {
    this.#done += 1
  }

  /** Empties the line, so that other text can be written. */
  clear(): void {
    this.#line('')
  }

  #line(text: string): void {
    if (!this.#output.isTTY) return
    this.#output.write(`\r\u001b[K${text.slice(0, (this.#output.columns ?? 80) - 1)}`)
  }

  #remaining(): string {
    if (this.#done === 0) return ''
    const each = (performance.now() - this.#start) / this.#done / 1000
    return `${Math.ceil(each * (this.#total - this.#done))} s left · `
  }
}
