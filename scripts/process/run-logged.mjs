import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { ROOT } from './root.mjs'

/**
 * Runs a command with its output in a file, or on this terminal when `show` is set. Resolves when it
 * ends; a command that cannot be started or passes `limitSeconds` counts as failed.
 *
 * @returns {Promise<{ok: boolean, reason: string, seconds: number, log?: string}>}
 */
export async function runLogged(command, args, options = {}) {
  const { cwd = ROOT, env = process.env, log, show = false, limitSeconds = 1200 } = options
  const started = performance.now()
  const file = log ? openSync(log, 'w') : null
  if (file !== null) writeSync(file, `$ ${[command, ...args].join(' ')}\n`)
  const output = show || file === null ? 'inherit' : file
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] })
  const reason = await ended(child, limitSeconds)
  if (file !== null) closeSync(file)
  const seconds = (performance.now() - started) / 1000
  return { ok: reason === '', reason, seconds, ...(log ? { log } : {}) }
}

/** Why the child failed; empty when it did not. */
function ended(child, limitSeconds) {
  return new Promise((resolve) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, limitSeconds * 1000)
    const finish = (reason) => {
      clearTimeout(timer)
      resolve(reason)
    }
    child.once('error', (error) => finish(error.message))
    child.once('close', (code, signal) => {
      if (late) finish(`still running after ${limitSeconds} s`)
      else if (signal) finish(`ended by ${signal}`)
      else finish(code === 0 ? '' : `exit code ${code}`)
    })
  })
}

/** The last lines of a log that say something. */
export function tail(log, lines = 20) {
  const text = readFileSync(log, 'utf8').trimEnd()
  return text.split('\n').slice(-lines).join('\n')
}
