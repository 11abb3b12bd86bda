import type { RunOutput, RunReport } from '../commands/run/run-operator.js'
import type { Style } from './style.js'
import { table } from './table.js'

const DIGITS = 5

/** What `run` did: who ran it, how long, and each output in a few numbers. */
export function runLines(report: RunReport, style: Style): string[] {
  const { operator, milliseconds, decision, outputs } = report
  const { backend, variant } = decision
  return [
    `${operator} on ${style.strong(backend)} with ${variant}, ${milliseconds.toPrecision(3)} ms`,
    ...table(outputs.map(outputCells)),
  ]
}

function outputCells(output: RunOutput): string[] {
  const { name, dtype, shape, file, min, max, mean, nan } = output
  const values = [
    `min ${numberText(min)}`,
    `max ${numberText(max)}`,
    `mean ${numberText(mean)}`,
    ...(nan > 0 ? [`${nan} not a number`] : []),
  ]
  const place = file === null ? [] : [`→ ${file}`]
  return [name, dtype, `(${shape.join(', ')})`, ...values, ...place]
}

function numberText(value: number | null): string {
  return value === null ? '–' : value.toPrecision(DIGITS)
}
