import { spawn } from 'node:child_process'

export interface ProgramResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; a code other than 0 is a result and not an error. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Like {@link runProgram}, and throws with the program's output unless the code is 0. */
export async function mustRun(...args: Parameters<typeof runProgram>): Promise<ProgramResult> {
  const result = await runProgram(...args)
  if (result.code === 0) return result
  const output = `${result.stdout}\n${result.stderr}`.trim()
  throw new Error(`${args[0]} ${args[1].join(' ')}: exit code ${result.code}\n${output}`)
}
