import { main } from '../src/main.js'
import type { Session } from '../src/session.js'
import { fakeSession } from './fake-session.js'

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process, with what it wrote. */
export async function runCommandLine(
  line: string | readonly string[],
  changes: Partial<Session> = {},
): Promise<CommandResult> {
  const session = { ...fakeSession(), ...changes }
  const args = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line
  const exitCode = await main(args, session)
  const text = ({ stdout, stderr }: typeof session) => ({
    stdout: (stdout as { text?: string }).text ?? '',
    stderr: (stderr as { text?: string }).text ?? '',
  })
  return { exitCode, ...text(session) }
}

/** The JSON document of a command line that prints one. */
export async function runForJson(
  line: string,
  changes: Partial<Session> = {},
): Promise<{ exitCode: number; document: Record<string, unknown> }> {
  const { exitCode, stdout } = await runCommandLine(`${line} --json`, changes)
  return { exitCode, document: JSON.parse(stdout) as Record<string, unknown> }
}
