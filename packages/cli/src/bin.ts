#!/usr/bin/env node
import { EXIT } from './exit-codes.js'
import { main, reportError, reportInterrupt } from './main.js'
import { processSession } from './session.js'

const session = processSession()
const args = process.argv.slice(2)

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has gone, as `head` does: there is nobody left to tell.
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.bug)
})
process.once('SIGINT', () => process.exit(reportInterrupt(args, session)))
process.on('uncaughtException', (error) => process.exit(reportError(error, args, session)))

process.exitCode = await main(args, session)
