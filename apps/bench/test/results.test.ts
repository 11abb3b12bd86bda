import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ACCURACY_PROBLEMS, accuracyLabel } from '../src/accuracy/accuracy-problems.js'
import { readAccuracy } from '../src/report/accuracy-file.js'
import { inexactRows } from '../src/report/accuracy-text.js'
import { csvReport } from '../src/report/csv.js'
import { jsonText } from '../src/report/json-text.js'
import { readResult } from '../src/report/result-file.js'
import { rowLabel } from '../src/report/row-label.js'
import { wrongRows } from '../src/report/wrong-rows.js'
import { shapeLabel } from '../src/suites/bench-shape.js'
import { suiteNamed } from '../src/suites/suites.js'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

/** Every committed result file: of speeds, or of errors. */
function resultFiles(kind: 'speeds' | 'errors' = 'speeds'): string[] {
  if (!existsSync(RESULTS)) return []
  const names = readdirSync(RESULTS, { recursive: true, encoding: 'utf8' })
  const isOfKind = (name: string) => (basename(name) === 'accuracy.json') === (kind === 'errors')
  return names.filter((name) => name.endsWith('.json') && isOfKind(name)).sort()
}

describe('committed results', () => {
  it('are read with their suite', () => {
    for (const file of resultFiles()) expect(suiteNamed(basename(file, '.json'))).toBeDefined()
  })

  for (const file of resultFiles()) {
    it(`${file} has every row of its suite on each backend, and every row is right`, async () => {
      const document = await readResult(join(RESULTS, file))
      const suite = suiteNamed(document.suite)!
      const backends = new Set(document.rows.map(({ backend }) => backend))
      expect(backends.size).toBeGreaterThan(0)
      for (const backend of backends) {
        const rows = document.rows.filter((row) => row.backend === backend)
        expect(rows.map(rowLabel)).toEqual(suite.rows.map(shapeLabel))
      }
      expect(wrongRows(document.rows)).toEqual([])
      expect(csvReport(document).split('\n')).toHaveLength(document.rows.length + 2)
      expect(JSON.parse(jsonText(document))).toEqual(document)
    })
  }

  for (const file of resultFiles('errors')) {
    it(`${file} has every problem in both modes, and none is much less exact than FlashAttention-2`, async () => {
      const { rows } = await readAccuracy(join(RESULTS, file))
      for (const exact of [true, false]) {
        const measured = rows.filter(({ exact_softmax }) => exact_softmax === exact)
        expect(measured.map((row) => `${rowLabel(row)} ${row.inputs}`)).toEqual(
          ACCURACY_PROBLEMS.map(accuracyLabel),
        )
      }
      expect(rows.every(({ peers }) => peers.flash_attention_2)).toBe(true)
      expect(inexactRows(rows)).toEqual([])
    })
  }
})
