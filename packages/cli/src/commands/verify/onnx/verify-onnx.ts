import { invalidArgument } from '@attnkit/core'
import { openAttention } from '../../../open-attention.js'
import type { Outcome } from '../../../outcome.js'
import { progressBar } from '../../../render/progress-bar.js'
import { verifyOnnxLines } from '../../../render/verify-onnx.js'
import type { Session } from '../../../session.js'
import { verdict } from '../verdict.js'
import type { VerifyFlags } from '../verify-command.js'
import { type CountedCase, verifyReport } from '../verify-report.js'
import { verifyTarget } from '../verify-target.js'
import { findNodeTests } from './find-node-tests.js'
import { runNodeTest } from './run-node-test.js'

/** Runs the ONNX node tests below the folders of `--onnx` on one backend. */
export async function verifyOnnx(
  folders: readonly string[],
  flags: VerifyFlags,
  session: Session,
): Promise<Outcome> {
  const { filter, threads } = flags
  using opened = await openAttention(session, threads === undefined ? {} : { threads })
  const { backend } = await verifyTarget(opened, flags)
  const found = await findNodeTests(folders, session.directory)
  const tests = found.filter(({ name }) => filter === undefined || name.includes(filter))
  if (tests.length === 0) throw nothingFound(folders, filter)

  const start = performance.now()
  const results: CountedCase[] = []
  const bar = progressBar(session.stderr, tests.length)
  try {
    for (const test of tests) {
      results.push(await runNodeTest(test, opened.attention, backend.name))
      bar.update(results.length, test.name)
    }
  } finally {
    bar.finish()
  }
  const report = verifyReport(results)
  const seconds = (performance.now() - start) / 1000
  return {
    exitCode: verdict(report, flags),
    document: report,
    lines: (style) => verifyOnnxLines(report, seconds, style),
  }
}

function nothingFound(folders: readonly string[], filter: string | undefined) {
  const chosen = filter === undefined ? '' : ` with ${JSON.stringify(filter)} in its name`
  const found = `no node test${chosen} below ${folders.join(', ')}`
  const required = 'folders with model.onnx and test_data_set_0'
  return invalidArgument('verify', [{ path: '--onnx', found, required }])
}
