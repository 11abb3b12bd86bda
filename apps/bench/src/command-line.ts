import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { CompareCommand } from './commands/compare-files.js'
import type { MeasureCommand } from './commands/measure.js'
import { DEFAULT_TOLERANCE } from './compare.js'
import { BenchError, EXIT } from './exit-codes.js'
import type { RunnerOptions } from './runners/runner.js'
import { selectRows } from './suites/select-rows.js'
import { SUITES, suiteNamed } from './suites/suites.js'

export const HELP = `Examples:
  attnkit-bench seed-cpu                          this processor beside ONNX Runtime
  attnkit-bench seed --peers-python python3       the first GPU beside PyTorch's kernels
  attnkit-bench seed --filter "QKV 4x" --output results
  attnkit-bench compare before.json after.json    exit code 1 when a row is slower

Suites:
${SUITES.map((s) => `  ${s.name.padEnd(10)} ${s.description}; ${s.rows.length} rows`).join('\n')}

Options:
  --suite NAME          the suite, in place of the first word
  --backend A,B         our backends to measure (default: those that serve the suite here)
  --rows 0-9,12         rows by position
  --filter TEXT         rows whose name holds TEXT; "list" shows the names
  --short               a row of each kind, three blocks each
  --no-peers            ours alone
  --peers-python PATH   the Python that has PyTorch (default python3)
  --output DIR          write DIR/<device>/<suite>.{json,csv,md}
  --json                the result document on stdout in place of the table
  --threads N           threads of the processor, ours and the peer's (default 2)
  --blocks N            blocks of every contestant a row (default 5)
  --block-ms N          length of a block on a GPU (default 50)
  --seed N              seed of the values (default 1)
  --tolerance X         compare: medians this close are the same (default ${DEFAULT_TOLERANCE})
`

const DEFAULT_THREADS = 2
const DEFAULT_BLOCKS = 5
const SHORT_BLOCKS = 3
const DEFAULT_BLOCK_MS = 50

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'list'; readonly json: boolean }
  | CompareCommand
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

function runCommand(flags: Flags, word: string): Command {
  const suite = suiteNamed(word)
  if (!suite) {
    throw usage(`no suite ${word}; there are ${SUITES.map(({ name }) => name).join(' and ')}`)
  }
  const rows = selectRows(flags, suite)
  if (rows.length === 0) throw usage('no row is left to measure')
  const backends = flags.backend?.split(',').filter(Boolean)
  const threads = positive(flags, 'threads', DEFAULT_THREADS)
  if (threads > availableParallelism()) {
    throw usage(`--threads is ${threads}, this process may use ${availableParallelism()} cores`)
  }
  const options: RunnerOptions = {
    ...(backends && { backends }),
    peers: !flags['no-peers'],
    python: flags['peers-python'],
    threads,
    seed: positive(flags, 'seed', 1),
    blocks: positive(flags, 'blocks', flags.short ? SHORT_BLOCKS : DEFAULT_BLOCKS),
    blockMs: positive(flags, 'block-ms', DEFAULT_BLOCK_MS),
  }
  return { name: 'run', suite, rows, options, output: flags.output, json: flags.json }
}
