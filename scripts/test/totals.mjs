/** @typedef {{passed: number, failed: number, skipped: number}} Totals */

/** @param {Totals[]} totals */
export function addTotals(totals) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const one of totals) {
    for (const key of Object.keys(sum)) sum[key] += one[key]
  }
  return sum
}

/** @param {Totals} totals */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** @param {Totals} totals */
export function printTotals(totals) {
  console.log(`\n${totalsLine(totals)}`)
}

/**
 * The totals of one vitest run from its JSON report. A file that could not be loaded, an error outside
 * of any test, or a run without a report counts as one failure more.
 *
 * @param {{numPassedTests: number, numFailedTests: number, numPendingTests: number,
 *   numTodoTests: number, testResults: {status: string, assertionResults: unknown[]}[]} | null} report
 * @param {boolean} ok whether vitest itself succeeded
 * @returns {Totals}
 */
export function reportTotals(report, ok) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + broken
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
