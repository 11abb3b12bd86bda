const DIGITS = 6

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(DIGITS))
    : value
}

/** The text of a JSON document, its numbers with as many digits as a measurement has. */
export function jsonText(document: object): string {
  return `${JSON.stringify(document, rounded, 1)}\n`
}
