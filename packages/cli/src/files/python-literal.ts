/** What the header of a `.npy` file may hold: a small part of Python's literals. */
export type PythonLiteral = string | number | boolean | null | readonly PythonLiteral[]

const MAX_DEPTH = 8

/**
 * Reads one dict of Python literals, as numpy writes it: string keys, values that are strings, whole
 * numbers, True, False, None, tuples and lists. Returns a sentence when the text is anything else.
 */
export function parsePythonDict(text: string): Map<string, PythonLiteral> | string {
  try {
    return new Parser(text).dict()
  } catch (error) {
    if (error instanceof NotALiteral) return error.message
    throw error
  }
}

class NotALiteral extends Error {}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  dict(): Map<string, PythonLiteral> {
    const entries = new Map<string, PythonLiteral>()
    this.#expect('{')
    while (!this.#accept('}')) {
      const key = this.#string()
      if (entries.has(key)) this.#fail(`the key '${key}' once`)
      this.#expect(':')
      entries.set(key, this.#value(0))
      if (!this.#accept(',')) {
        this.#expect('}')
        break
      }
    }
    this.#space()
    if (this.#at < this.#text.length) this.#fail('nothing after the dict')
    return entries
  }

  #value(depth: number): PythonLiteral {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} nested lists`)
    this.#space()
    const next = this.#text[this.#at]
    if (next === "'" || next === '"') return this.#string()
    if (next === '(') return this.#sequence('(', ')', depth)
    if (next === '[') return this.#sequence('[', ']', depth)
    return this.#word()
  }

  #sequence(open: string, close: string, depth: number): PythonLiteral[] {
    const items: PythonLiteral[] = []
    this.#expect(open)
    while (!this.#accept(close)) {
      items.push(this.#value(depth + 1))
      if (!this.#accept(',')) {
        this.#expect(close)
        break
      }
    }
    return items
  }

  #word(): number | boolean | null {
    const word = /^(?:True|False|None|-?[0-9]{1,20}L?)/.exec(
      this.#text.slice(this.#at, this.#at + 24),
    )
    if (word === null) return this.#fail('a string, whole number, True, False, None or tuple')
    this.#at += word[0].length
    if (word[0] === 'None') return null
    if (word[0] === 'True' || word[0] === 'False') return word[0] === 'True'
    return Number(word[0].replace('L', ''))
  }

  #string(): string {
    this.#space()
    const quote = this.#text[this.#at]
    if (quote !== "'" && quote !== '"') this.#fail('a string')
    const end = this.#text.indexOf(quote as string, this.#at + 1)
    if (end < 0) this.#fail('the end of a string')
    const value = this.#text.slice(this.#at + 1, end)
    if (value.includes('\\')) this.#fail('strings without escapes')
    this.#at = end + 1
    return value
  }

  #accept(token: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== token) return false
    this.#at += 1
    return true
  }

  #expect(token: string): void {
    if (!this.#accept(token)) this.#fail(`'${token}'`)
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #fail(required: string): never {
    throw new NotALiteral(`${required} at character ${this.#at}`)
  }
}
