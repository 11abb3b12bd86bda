// Stands in for the command line in the child process of an isolated probe.
// usage: node probed-program.mjs doctor --json --probe <backend>
const name = process.argv.at(-1)
const behaviour = process.env.PROBE_BEHAVIOUR

if (name !== 'cuda-flash' || behaviour === 'answer') {
  console.log(JSON.stringify({ schema_version: 1, probe: name, status: 'available' }, null, 2))
} else if (behaviour === 'crash') {
  process.kill(process.pid, 'SIGSEGV')
} else if (behaviour === 'hang') {
  setInterval(() => {}, 1000)
} else {
  process.exit(7)
}
