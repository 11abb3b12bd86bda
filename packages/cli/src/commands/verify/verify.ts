import { type AttentionError, invalidArgument } from '@attnkit/core'
import {
  type CaseResult,
  type ConformanceOptions,
  countCases,
  runConformance,
} from '@attnkit/core/conformance'
import { openAttention } from '../../open-attention.js'
import type { Outcome } from '../../outcome.js'
import { progressBar } from '../../render/progress-bar.js'
import { verifyLines } from '../../render/verify.js'
import type { Session } from '../../session.js'
import { deviceChecks } from './device-checks.js'
import { float64Oracle } from './float64-oracle.js'
import { verdict } from './verdict.js'
import type { VerifyFlags } from './verify-command.js'
import { countedCase, verifyReport } from './verify-report.js'
import { verifyTarget } from './verify-target.js'

/** Runs the chosen cases and random problems on one backend, and compares them with float64. */
export async function verify(flags: VerifyFlags, session: Session): Promise<Outcome> {
  using opened = await openAttention(session)
  const target = await verifyTarget(opened, flags)
  const options: ConformanceOptions = {
    problems: flags.problems,
    seed: flags.seed,
    oracle: await float64Oracle(),
    filter: named(flags.filter),
  }
  const start = performance.now()
  const checks = await deviceChecks(
    opened.attention,
    target,
    named(flags.filter),
    session.directory,
  )
  const total = countCases(target, options)
  if (checks.length + total === 0) throw nothingToDo(flags)

  const results: CaseResult[] = []
  const bar = progressBar(session.stderr, total)
  try {
    for await (const result of runConformance(target, options)) {
      results.push(result)
      bar.update(results.length, result.name)
    }
  } finally {
    bar.finish()
  }
  const report = verifyReport([...checks, ...results.map(countedCase)])
  const seconds = (performance.now() - start) / 1000
  return {
    exitCode: verdict(report, flags),
    document: report,
    lines: (style) => verifyLines(report, seconds, style),
  }
}

function named(text: string | undefined): (name: string) => boolean {
  return (name) => text === undefined || name.includes(text)
}

function nothingToDo({ filter, problems }: VerifyFlags): AttentionError {
  const found = `none with --filter ${filter ?? ''} --problems ${problems}`
  return invalidArgument('verify', [{ path: 'cases', found, required: 'at least one' }])
}
