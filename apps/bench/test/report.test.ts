import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { csvReport } from '../src/report/csv.js'
import { markdownReport, provenance } from '../src/report/markdown.js'
import { meansText } from '../src/report/means-text.js'
import { significant, times } from '../src/report/number-format.js'
import { peerMeans, peerRatio } from '../src/report/peer-ratio.js'
import { ProgressBar } from '../src/report/progress-bar.js'
import { deviceSlug, readResult, writeResult } from '../src/report/result-file.js'
import { summaryTable } from '../src/report/summary.js'
import { textTable } from '../src/report/text-table.js'
import { wrongRows } from '../src/report/wrong-rows.js'
import { fakeDocument, fakeRow } from './fake-document.js'

const DOCUMENT = fakeDocument([
  fakeRow(),
  fakeRow({ format: 'Q,K,V', head_dim: 128, tflops: 400, peers: {} }),
])

describe('numbers', () => {
  it('have three digits that matter', () => {
    expect([1234.5, 123.45, 12.345, 0.012345, 0, Number.NaN].map(significant)).toEqual([
      '1235',
      '123',
      '12.3',
      '0.0123',
      '0',
      '–',
    ])
    expect([times(1.234), times(Number.NaN)]).toEqual(['1.23×', '–'])
  })
})

describe('ratios to peers', () => {
  it('are of speeds, or the paired ratio where there is one', () => {
    expect(peerRatio(fakeRow(), 'flash_attention_2')).toBeCloseTo(0.8, 12)
    expect(peerRatio(fakeRow(), 'onnxruntime')).toBeUndefined()
    const paired = { onnxruntime: { ms: 3, tflops: 100, ratio: 1.4, ratio_min: 1, ratio_max: 2 } }
    expect(peerRatio(fakeRow({ peers: paired }), 'onnxruntime')).toBe(1.4)
  })

  it('have a geometric mean over the rows where the peer ran', () => {
    const means = peerMeans([...DOCUMENT.rows, fakeRow({ tflops: 50 })])
    expect(means.map(({ peer, rows }) => [peer, rows])).toEqual([
      ['flash_attention_2', 2],
      ['cudnn', 2],
    ])
    expect(means[0]!.mean).toBeCloseTo(Math.sqrt(0.8 * 0.2), 12)
    expect(means[0]!.least).toBeCloseTo(0.2, 12)
    expect(meansText(DOCUMENT)[1]).toBe('2.00× cuDNN (geometric mean of 1 rows, least 2.00×)')
  })
})

describe('tables', () => {
  it('are aligned', () => {
    const table = textTable(
      [
        { title: 'a', align: 'left', cell: (row: number[]) => String(row[0]) },
        { title: 'bb', align: 'right', cell: (row: number[]) => String(row[1]) },
      ],
      [
        [1, 2],
        [100, 3],
      ],
    )
    expect(table).toBe('a    bb\n1     2\n100   3')
  })

  it('show a peer that did not run a row as a dash', () => {
    const lines = markdownReport(DOCUMENT).split('\n')
    const row = lines.find((line) => line.startsWith('| Q,K,V'))
    expect(row).toMatch(/\| – \| – \| – \| – \|$/)
    expect(lines[2]).toContain(
      'NVIDIA H200, driver 580.1, CUDA 13.0; 2026-11-22, commit 0123456789',
    )
  })

  it('tell when the commit was not all that was measured', () => {
    const dirty = { ...DOCUMENT, commit: `${DOCUMENT.commit}-dirty` }
    expect(provenance(dirty)).toContain('commit 0123456789-dirty;')
  })

  it('sum up by head dim and over all', () => {
    const lines = summaryTable(DOCUMENT).split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[2]).toBe('| 64 | 1 | 200 | 0.80× | 2.00× | 0.80× | 0.80× | 0 |')
    expect(lines[4]).toBe('| all | 2 | 283 | 0.80× | 2.00× | 0.80× | 0.80× | 0 |')
  })

  it('sum up by batch where all rows have the same head dim', () => {
    const rows = [fakeRow({ batch: 1 }), fakeRow({ batch: 64, tflops: 100 })]
    const lines = summaryTable(fakeDocument(rows)).split('\n')
    expect(lines[0]).toMatch(/^\| batch \| rows/)
    expect(lines.slice(2).map((line) => line.split(' | ')[0])).toEqual(['| 1', '| 64', '| all'])
  })

  it('show bytes a second where rows have them', () => {
    const title = '| TB/s |'
    expect(markdownReport(DOCUMENT)).not.toContain(title)
    const rows = [fakeRow({ seqlen_q: 1, tb_per_s: 4.449 })]
    expect(markdownReport(fakeDocument(rows))).toContain(title)
    expect(markdownReport(fakeDocument(rows))).toContain('| 4.45 |')
    expect(csvReport(fakeDocument(rows))).toContain(',tb_per_s,')
  })

  it('are comma-separated with the formats in quotes and every peer a column', () => {
    const [titles, first, second] = csvReport(DOCUMENT).split('\n')
    const column = titles!.split(',').indexOf('flash_attention_2_tflops')
    expect(first!.split(',')[column]).toBe('250')
    expect(second).toContain('"Q,K,V"')
  })
})

describe('result files', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-results-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('are JSON, CSV and Markdown in the folder of the device, and are replaced by a new run', async () => {
    await writeResult(fakeDocument([fakeRow({ ms: 9, ms_p90: 9 })]), directory, 'nvidia-h200')
    const path = await writeResult(DOCUMENT, directory, deviceSlug(DOCUMENT.device))
    expect(path).toBe(join(directory, 'nvidia-h200', 'seed.json'))
    expect((await readdir(join(directory, 'nvidia-h200'))).sort()).toEqual([
      'seed.csv',
      'seed.json',
      'seed.md',
    ])
    expect(await readResult(path)).toEqual(DOCUMENT)
  })

  it('have the keys that the format promises, in snake case', async () => {
    const path = await writeResult(DOCUMENT, directory, 'x')
    const document = JSON.parse(await readFile(path, 'utf8'))
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(
        'schema_version suite device driver cuda commit date clocks rows'.split(' '),
      ),
    )
    for (const key of [...Object.keys(document), ...Object.keys(document.rows[0])]) {
      expect(key).toMatch(/^[a-z0-9_]+$/)
    }
  })

  it('are refused with what is wrong with them', async () => {
    const path = join(directory, 'bad.json')
    const cases: [string, RegExp][] = [
      ['{', /is not JSON/],
      ['[]', /schema_version is undefined/],
      ['{"schema_version":1}', /it has no rows/],
      ['{"schema_version":1,"rows":[{"ms":1}]}', /rows\[0\] lacks ms/],
      [JSON.stringify(fakeDocument([fakeRow(), fakeRow()])), /two rows are the same/],
    ]
    for (const [text, message] of cases) {
      await writeFile(path, text)
      await expect(readResult(path)).rejects.toThrow(message)
    }
  })
})

describe('rows that are wrong', () => {
  it('are those over the tolerance of their dtype, NaN among them', () => {
    const rows = [
      fakeRow({ rel_error: 5.9e-4 }),
      fakeRow({ rel_error: 6.1e-4 }),
      fakeRow({ rel_error: Number.NaN }),
      fakeRow({ dtype: 'float32', rel_error: 1e-5 }),
    ]
    expect(wrongRows(rows)).toHaveLength(3)
  })
})

describe('the progress bar', () => {
  it('is drawn on a terminal and nowhere else', () => {
    let text = ''
    const write = (part: string): void => {
      text += part
    }
    const hidden = new ProgressBar({ write }, 2)
    hidden.show('row')
    expect(text).toBe('')
    const bar = new ProgressBar({ isTTY: true, columns: 80, write }, 2)
    bar.show('first')
    bar.advance()
    bar.show('second')
    expect(text).toContain('0/2 first')
    expect(text).toMatch(/█{12}░{12} 1\/2 \d+ s left · second/)
    bar.clear()
    expect(text.endsWith('\r\u001b[K')).toBe(true)
  })
})
