export {
  type CompareResult,
  type Comparison,
  compareResults,
  DEFAULT_TOLERANCE,
  type Verdict,
  verdictOf,
} from './compare.js'
export type { Console } from './console.js'
export { EXIT, type ExitCode } from './exit-codes.js'
export { main } from './main.js'
export { readAccuracy } from './report/accuracy-file.js'
export type { AccuracyDocument, AccuracyRow, PeerError } from './report/accuracy-result.js'
export { accuracyTable, accuracyWorst } from './report/accuracy-text.js'
export { csvReport } from './report/csv.js'
export { markdownReport, markdownRows, provenance } from './report/markdown.js'
export { meansText } from './report/means-text.js'
export type { Output } from './report/progress-bar.js'
export type {
  Clocks,
  PeerName,
  PeerResult,
  ResultDocument,
  ResultRow,
} from './report/result.js'
export { readResult, writeResult } from './report/result-file.js'
export { summaryTable } from './report/summary.js'
export { type BenchShape, shapeLabel, shapeProblem } from './suites/bench-shape.js'
export { SEED } from './suites/seed.js'
export { SEED_CPU } from './suites/seed-cpu.js'
export { SUITES, type Suite } from './suites/suites.js'
