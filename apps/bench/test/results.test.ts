import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { csvReport } from '../src/report/csv.js'
import { jsonText } from '../src/report/json-text.js'
import { readResult } from '../src/report/result-file.js'
import { rowLabel } from '../src/report/row-label.js'
import { wrongRows } from '../src/report/wrong-rows.js'
import { shapeLabel } from '../src/suites/bench-shape.js'
import { suiteNamed } from '../src/suites/suites.js'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

/** Every committed result file. */
function resultFiles(): string[] {
  if (!existsSync(RESULTS)) return []
  const names = readdirSync(RESULTS, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.json')).sort()
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
})
