import { spawn } from 'node:child_process'
import { type AbsentBackend, invalidArgument } from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import type { Outcome } from '../../outcome.js'
import type { Session } from '../../session.js'

/** Probes one backend and says its availability: what the child process of an isolated probe does. */
export async function probeOne(name: string): Promise<Outcome> {
  const { discoverBackends } = await import('attnkit')
  const { backends } = await discoverBackends()
  const backend = backends.find((one) => one.name === name)
  if (backend === undefined) {
    const required = `one of ${backends.map((one) => one.name).join(', ')}`
    throw invalidArgument('doctor', [{ path: '--probe', found: JSON.stringify(name), required }])
  }
  const { status } = await backend.availability()
  return { exitCode: EXIT.ok, document: { probe: name, status }, lines: () => [status] }
}

/**
 * Probes every backend in a child process of its own, one after the other; those whose process crashed
 * or did not answer in time, with the reason.
 */
export async function crashedBackends(
  timeoutSeconds: number,
  session: Session,
): Promise<AbsentBackend[]> {
  const { discoverBackends } = await import('attnkit')
  const { backends } = await discoverBackends()
  const crashed: AbsentBackend[] = []
  for (const { name } of backends) {
    const end = await probeInChild(name, timeoutSeconds, session)
    if (end !== null) crashed.push(crashedBackend(name, end))
  }
  return crashed
}

function crashedBackend(name: string, end: string): AbsentBackend {
  return {
    name,
    status: 'unavailable',
    reason: {
      code: 'binary-load-failed',
      subject: `the probe of ${name}`,
      found: end,
      required: 'an answer',
      remedy:
        'reinstall its native file or the driver; without --isolated it takes this process down',
    },
  }
}

/** How a child that probes `name` ended; null when it answered. */
function probeInChild(
  name: string,
  timeoutSeconds: number,
  { program, environment }: Session,
): Promise<string | null> {
  return new Promise((resolve) => {
    const args = [...process.execArgv, program, 'doctor', '--json', '--probe', name]
    const child = spawn(process.execPath, args, {
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
    })
    let answer = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      if (code === EXIT.ok && answer.includes(`"probe": "${name}"`)) resolve(null)
      else if (child.killed) resolve(`no answer within ${timeoutSeconds} s`)
      else resolve(signal === null ? `an exit with ${code}` : `a crash with ${signal}`)
    })
  })
}
