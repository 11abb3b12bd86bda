import { DEFAULT_TOLERANCE } from './compare.js'
import { SUITES } from './suites/suites.js'

/** What `attnkit-bench --help` prints. */
export const HELP = `Examples:
  attnkit-bench seed-cpu                          this processor beside ONNX Runtime
  attnkit-bench seed --peers-python python3       the first GPU beside PyTorch's kernels
  attnkit-bench seed --filter "QKV 4x" --output results
  attnkit-bench compare before.json after.json    exit code 1 when a row is slower
  attnkit-bench accuracy                          errors on the first GPU beside those of PyTorch's kernels
  attnkit-bench summary seed.json                 means by head dim, and beside the best peer of each row

Suites:
${SUITES.map((s) => `  ${s.name.padEnd(14)} ${s.description}; ${s.rows.length} rows`).join('\n')}

Options:
  --suite NAME          the suite, in place of the first word
  --backend A,B         our backends to measure (default: those that serve the suite here)
  --rows 0-9,12         rows by position
  --filter TEXT         rows whose name holds TEXT; "list" shows the names (accuracy: "outliers", "bfloat16")
  --short               a row of each kind, three blocks each
  --no-peers            ours alone
  --peers-python PATH   the Python that has PyTorch (default python3)
  --output DIR          write DIR/<device>/<suite>.{json,csv,md}
  --json                the result document on stdout in place of the table
  --threads N           threads of the processor, ours and the peer's (default 2)
  --blocks N            blocks of every contestant a row (default 5)
  --block-ms N          length of a block on a GPU (default 50)
  --seed N              seed of the values (default 1)
  --min-seqlen N        summary: rows of at least N queries
  --tolerance X         compare: medians this close are the same (default ${DEFAULT_TOLERANCE})
`
