import { type Attention, type AttentionError, isAttentionError } from '@attnkit/core'
import type { CountedCase, VerifiedCase } from '../verify-report.js'
import { GRAPH_CALLS, type GraphCall } from './graph-calls.js'
import { type GraphDevice, runInGraph } from './run-in-graph.js'

type Verdict = Pick<VerifiedCase, 'status' | 'reason'>

/** Planned calls of a backend, captured in graphs of the device and replayed. */
export async function graphChecks(
  attention: Pick<Attention, 'prepare'>,
  device: GraphDevice,
  backend: string,
  filter: (name: string) => boolean,
): Promise<CountedCase[]> {
  const cases: CountedCase[] = []
  for (const call of GRAPH_CALLS) {
    const name = `graph/${call.name}`
    if (!filter(name)) continue
    const verdict = await verdictOf(attention, device, backend, call)
    cases.push({ shown: { name, backend, outputs: [], ...verdict }, features: [] })
  }
  return cases
}

async function verdictOf(
  attention: Pick<Attention, 'prepare'>,
  device: GraphDevice,
  backend: string,
  call: GraphCall,
): Promise<Verdict> {
  try {
    await runInGraph(attention, device, backend, call)
    return { status: 'passed' }
  } catch (error) {
    if (isAttentionError(error) && error.code === 'no-backend-supports') {
      return { status: 'unsupported', reason: refusal(error, backend) }
    }
    return { status: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Why the backend does not run a call; those of the others are left out. */
function refusal({ details }: AttentionError, backend: string): string {
  const own = details.reasons?.filter((reason) => reason.backend === backend) ?? []
  return own.map(({ code, subject, found }) => `${code}: ${subject} ${found}`).join('; ')
}
