import type { BuildInfo } from '@attnkit/core'
import type { CudaRuntimeFacts } from '../commands/env/cuda-runtime-facts.js'
import type { EnvBackend, EnvReport } from '../commands/env/env.js'
import type { Variable } from '../commands/env/variables.js'
import { deviceText } from './device.js'
import type { Style } from './style.js'
import { table } from './table.js'

const GIBIBYTE = 2 ** 30

/** The report of `env` as text. */
export function envLines(report: EnvReport, style: Style): string[] {
  const { cpu, backends, nativeFiles, effects, error } = report
  const library = report.glibc === null ? 'no glibc' : `glibc ${report.glibc}`
  const memory = `${(cpu.memoryBytes / GIBIBYTE).toFixed(1)} GiB`
  return [
    ...table([
      ['attnkit', report.version],
      ['node', report.node],
      ['platform', `${report.platform}, ${library}, kernel ${report.kernelRelease}`],
      ['processor', `${cpu.model}, ${cpu.threads} threads, ${memory}`],
      ['NVIDIA driver', report.nvidiaDriver ?? 'none loaded'],
    ]),
    ...backends.flatMap((backend) => backendLines(backend, style)),
    ...cudaRuntimeLines(report.cudaRuntime, style),
    style.strong('native files'),
    ...(nativeFiles.length === 0 ? ['none is loaded'] : nativeFiles).map((file) => `  ${file}`),
    style.strong('variables'),
    ...table(report.variables.map(variableCells), '  '),
    ...effects.map((one) => `${style.warn('!')} ${one.variable}=${one.value} ${one.effect}`),
    ...(error === null ? [] : [`${style.bad('✗')} ${error.message}`]),
  ]
}

function buildCells(build: BuildInfo | null): string[][] {
  return Object.entries(build ?? {}).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.join(' ') : String(value),
  ])
}

function cudaRuntimeLines(facts: CudaRuntimeFacts | null, style: Style): string[] {
  if (facts === null) return []
  const { status, build, cuda, reason } = facts
  const why = reason === null ? [] : [`  ${reason.code}: ${reason.found}`]
  const versions = cuda === null ? [] : [['driver for CUDA', cuda]]
  return [
    `${style.strong('cuda-runtime')}  ${status}`,
    ...why,
    ...table([...versions, ...buildCells(build)], '  '),
  ]
}

function backendLines(
  { name, status, build, devices, reason }: EnvBackend,
  style: Style,
): string[] {
  const facts = buildCells(build)
  const places = devices.map((device) => ['device', deviceText(device)])
  const why = reason === null ? [] : [`  ${reason.code}: ${reason.found}`]
  return [
    `${style.strong(name)}  ${status.replace('-', ' ')}`,
    ...why,
    ...table([...places, ...facts], '  '),
  ]
}

function variableCells({ name, value, effect }: Variable): string[] {
  return [name, value === null ? 'not set' : JSON.stringify(value), effect]
}
