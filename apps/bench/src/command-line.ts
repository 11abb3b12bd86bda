import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ACCURACY_PROBLEMS, accuracyLabel } from './accuracy/accuracy-problems.js'
import type { CompareCommand } from './commands/compare-files.js'
import type { MeasureCommand } from './commands/measure.js'
import type { AccuracyCommand } from './commands/measure-errors.js'
import type { SummaryCommand } from './commands/summarize.js'
import { DEFAULT_TOLERANCE } from './compare.js'
import { BenchError, EXIT } from './exit-codes.js'
import type { RunnerOptions } from './runners/runner.js'
import { selectRows } from './suites/select-rows.js'
import { SUITES, suiteNamed } from './suites/suites.js'

const DEFAULT_THREADS = Math.min(2, availableParallelism())
const DEFAULT_BLOCKS = 5
const SHORT_BLOCKS = 3
const DEFAULT_BLOCK_MS = 50

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'list'; readonly json: boolean }
  | CompareCommand
  | SummaryCommand
  | AccuracyCommand
  | MeasureCommand

const FLAGS = {
  suite: { type: 'string' },
  backend: { type: 'string' },
  rows: { type: 'string' },
  filter: { type: 'string' },
  short: { type: 'boolean', default: false },
  'no-peers': { type: 'boolean', default: false },
  'peers-python': { type: 'string', default: 'python3' },
  output: { type: 'string' },
  json: { type: 'boolean', default: false },
  threads: { type: 'string' },
  blocks: { type: 'string' },
  'block-ms': { type: 'string' },
  seed: { type: 'string' },
  tolerance: { type: 'string' },
  'min-seqlen': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Flags = ReturnType<typeof parse>['values']

function usage(message: string): BenchError {
  return new BenchError(EXIT.usage, `${message} (see attnkit-bench --help)`)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw usage(error instanceof Error ? error.message.split('. ')[0]! : String(error))
  }
}

/** A flag's positive number. */
function positive(flags: Flags, flag: keyof Flags, fallback: number, whole = true): number {
  const text = flags[flag]
  if (text === undefined) return fallback
  const value = Number(text)
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value
  throw usage(`--${flag} is ${text}, required is a positive ${whole ? 'integer' : 'number'}`)
}

/** What a command line asks for. Throws a {@link BenchError} of usage. */
export function parseCommandLine(args: readonly string[]): Command {
  const { values: flags, positionals } = parse(args)
  const [word = flags.suite, ...rest] = positionals
  if (flags.help || word === undefined) return { name: 'help' }
  if (word === 'list') return { name: 'list', json: flags.json }
  if (word === 'compare') return compareCommand(flags, rest)
  if (word === 'summary') return summaryCommand(flags, rest)
  if (word === 'accuracy' && rest.length === 0) return accuracyCommand(flags)
  if (rest.length > 0) throw usage(`${rest.join(' ')}: one suite at a time`)
  return runCommand(flags, word)
}

function compareCommand(flags: Flags, files: readonly string[]): Command {
  const [before, after, ...more] = files
  if (before === undefined || after === undefined || more.length > 0) {
    throw usage('compare needs two result files')
  }
  const tolerance = positive(flags, 'tolerance', DEFAULT_TOLERANCE, false)
  return { name: 'compare', before, after, tolerance, json: flags.json }
}

function summaryCommand(flags: Flags, files: readonly string[]): Command {
  if (files.length === 0) throw usage('summary needs a result file')
  const { filter = '', json } = flags
  return { name: 'summary', files, filter, minSeqlen: positive(flags, 'min-seqlen', 1), json }
}

function accuracyCommand(flags: Flags): Command {
  const { filter = '', output, json } = flags
  const problems = ACCURACY_PROBLEMS.filter((problem) => accuracyLabel(problem).includes(filter))
  if (problems.length === 0) throw usage('no problem is left to measure')
  const peers = { peers: !flags['no-peers'], python: flags['peers-python'] }
  return {
    name: 'accuracy',
    problems,
    options: { ...peers, seed: positive(flags, 'seed', 1) },
    output,
    json,
  }
}

function runCommand(flags: Flags, word: string): Command {
  const suite = suiteNamed(word)
  if (!suite) {
    throw usage(`no suite ${word}; there are ${SUITES.map(({ name }) => name).join(' and ')}`)
  }
  const rows = selectRows(flags, suite)
  if (rows.length === 0) throw usage('no row is left to measure')
  const backends = flags.backend?.split(',').filter(Boolean)
  if (backends?.length === 0) throw usage('--backend names none')
  const threads = positive(flags, 'threads', DEFAULT_THREADS)
  if (threads > availableParallelism()) {
    throw usage(`--threads is ${threads}, this process may use ${availableParallelism()} cores`)
  }
  const options: RunnerOptions = {
    ...(backends && { backends }),
    ...(suite.backendOptions && { backendOptions: suite.backendOptions }),
    peers: !flags['no-peers'],
    python: flags['peers-python'],
    threads,
    seed: positive(flags, 'seed', 1),
    blocks: positive(flags, 'blocks', flags.short ? SHORT_BLOCKS : DEFAULT_BLOCKS),
    blockMs: positive(flags, 'block-ms', DEFAULT_BLOCK_MS),
  }
  return { name: 'run', suite, rows, options, output: flags.output, json: flags.json }
}
