import { describe, expect, test } from 'vitest'
import { addTotals, reportTotals, totalsLine } from '../../scripts/test/totals.mjs'

const report = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
}

describe('the totals of npm test', () => {
  test('are those of the report', () => {
    expect(reportTotals(report, true)).toEqual({ passed: 7, failed: 0, skipped: 3 })
    expect(reportTotals({ ...report, numFailedTests: 2 }, false).failed).toBe(2)
  })

  test('count a file that could not be loaded', () => {
    const broken = { status: 'failed', assertionResults: [] }
    const testResults = [...report.testResults, broken]
    expect(reportTotals({ ...report, testResults }, false).failed).toBe(1)
  })

  test('count an error outside of any test, and a run without a report', () => {
    expect(reportTotals(report, false).failed).toBe(1)
    expect(reportTotals(null, false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('are one line, and skipped tests are said', () => {
    const sum = addTotals([
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 4, failed: 1, skipped: 0 },
    ])
    expect(totalsLine(sum)).toBe('7 passed, 1 failed')
    expect(totalsLine({ ...sum, skipped: 2 })).toBe('7 passed, 1 failed, 2 skipped')
  })
})
