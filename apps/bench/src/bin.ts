#!/usr/bin/env node
import { EXIT } from './exit-codes.js'
import { main } from './main.js'

const interrupt = new AbortController()

process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
  process.stderr.write('\ninterrupted: ends after this row; once more to end at once\n')
  interrupt.abort()
})

const { stdout, stderr } = process
process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: interrupt.signal })
