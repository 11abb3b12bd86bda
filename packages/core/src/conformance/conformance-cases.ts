import { ATTENTION_CASES } from './cases/attention-cases.js'
import { CACHE_CASES } from './cases/cache-cases.js'
import { EMBEDDING_CASES } from './cases/embedding-cases.js'
import { FORMAT_CASES } from './cases/format-cases.js'
import { GROUP_QUERY_CASES } from './cases/group-query-cases.js'
import { MASK_CASES } from './cases/mask-cases.js'
import { ONNX_CASES } from './cases/onnx-cases.js'
import { OUTPUT_CASES } from './cases/output-cases.js'
import { SCORE_CASES } from './cases/score-cases.js'
import { VISIBILITY_CASES } from './cases/visibility-cases.js'
import type { ConformanceCase } from './conformance-case.js'

/** One case for each line of the table of semantics in the docs. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...VISIBILITY_CASES,
  ...MASK_CASES,
  ...SCORE_CASES,
  ...FORMAT_CASES,
  ...EMBEDDING_CASES,
  ...CACHE_CASES,
  ...OUTPUT_CASES,
  ...ATTENTION_CASES,
  ...GROUP_QUERY_CASES,
  ...ONNX_CASES,
]
