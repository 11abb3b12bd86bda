import { EXIT, type ExitCode } from '../../exit-codes.js'
import type { VerifyFlags } from './verify-command.js'
import type { VerifyReport } from './verify-report.js'

/** What a report means: refused cases are no failure only where the flags say so. */
export function verdict({ failed, unsupported }: VerifyReport, flags: VerifyFlags): ExitCode {
  const allowed = unsupported === 0 || flags.allowUnsupported === true
  return failed === 0 && allowed ? EXIT.ok : EXIT.failed
}
