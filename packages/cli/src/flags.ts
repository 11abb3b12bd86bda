import { InvalidArgumentError, Option } from 'commander'

function refuse(required: string): never {
  throw new InvalidArgumentError(`Required: ${required}.`)
}

/** A whole number from `min` on. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    const valid = /^-?[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= min
    return valid ? value : refuse(`a whole number from ${min} on`)
  }
}

/** Whole numbers with commas between them. */
export function wholeNumbers(text: string): readonly number[] {
  return text.split(',').map(wholeNumber(Number.MIN_SAFE_INTEGER))
}

/** Any finite number. */
export function finiteNumber(text: string): number {
  const value = Number(text)
  return text.trim() !== '' && Number.isFinite(value) ? value : refuse('a finite number')
}

/** `true`, `false`, `1` or `0`. */
export function truth(text: string): boolean {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuse('true or false')
}

/** `256` or `256,0`: keys to the left and right of a query's own; -1 is no limit. */
export function windowFlag(text: string): readonly [left: number, right: number] {
  const [left, right, more] = text.split(',').map(wholeNumber(-1))
  if (left === undefined || more !== undefined) return refuse('<left> or <left>,<right>')
  return [left, right ?? -1]
}

/** Gathers the values of a flag that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** A flag that takes one of a list. */
export function choice(
  flags: string,
  description: string,
  choices: readonly string[],
  preset?: string,
): Option {
  const option = new Option(flags, description).choices(choices)
  return preset === undefined ? option : option.default(preset)
}
