import type { CaseResult } from '@attnkit/core/conformance'

/** One output of a case as `verify` shows it. */
export interface VerifiedOutput {
  readonly name: string
  /** Norm of the difference over the norm of what is expected. */
  readonly relError: number
  readonly allowed: number
}

/** One case as `verify` shows it. */
export interface VerifiedCase {
  readonly name: string
  readonly status: CaseResult['status']
  readonly backend: string
  /** The kernel that ran; absent when none did. */
  readonly variant?: string
  readonly outputs: readonly VerifiedOutput[]
  readonly reason?: string
}

/** What `verify --json` prints. */
export interface VerifyReport {
  readonly passed: number
  readonly failed: number
  readonly unsupported: number
  /** How many problems that ran exercised each feature. */
  readonly coverage: Readonly<Record<string, number>>
  /** How many problems each kernel ran. */
  readonly variants: Readonly<Record<string, number>>
  readonly cases: readonly VerifiedCase[]
}

/** A case, and the features of a problem that it exercises. */
export interface CountedCase {
  readonly shown: VerifiedCase
  readonly features: readonly string[]
}

/** Counts the results. */
export function verifyReport(results: readonly CountedCase[]): VerifyReport {
  const cases = results.map(({ shown }) => shown)
  const count = (status: VerifiedCase['status']) =>
    cases.filter((one) => one.status === status).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    unsupported: count('unsupported'),
    coverage: countEach(
      results
        .filter(({ shown }) => shown.status !== 'unsupported')
        .flatMap(({ features }) => features),
    ),
    variants: countEach(cases.flatMap(({ variant }) => variant ?? [])),
    cases,
  }
}

/** What came of a random or chosen problem. */
export function countedCase(result: CaseResult): CountedCase {
  const { name, status, backend, variant, outputs, reason, features } = result
  const shown = {
    name,
    status,
    backend,
    ...(variant !== undefined && { variant }),
    outputs: outputs.map((output) => ({
      name: output.name,
      relError: output.relError,
      allowed: output.allowed.norm,
    })),
    ...(reason !== undefined && { reason }),
  }
  return { shown, features }
}

function countEach(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
