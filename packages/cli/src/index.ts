export { EXIT, type ExitCode } from './exit-codes.js'
export { main } from './main.js'
export type { Session, Terminal } from './session.js'
