import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Probe, ProbedDevice } from '../src/native/runtime-addon.js'
import { driverRelease } from '../src/probe/driver-release.js'
import { probeReason } from '../src/probe/probe-reason.js'

const CONTEXT = { release: undefined, visibleDevices: undefined }

function device(name: string, major: number, minor: number): ProbedDevice {
  return {
    index: 0,
    name,
    major,
    minor,
    multiprocessors: 1,
    memoryBytes: 1,
    sharedMemoryPerBlock: 1,
    l2Bytes: 1,
    clockKilohertz: 1,
    uuid: '',
  }
}

function probe(changes: Partial<Probe>): Probe {
  const base = { error: 0, errorName: 'cudaSuccess', errorText: 'no error', devices: [] }
  return { ...base, driverVersion: 13000, runtimeVersion: 13000, ...changes }
}

describe('devices', () => {
  it('device-unsupported: all are older than any code here', () => {
    const devices = [device('Tesla T4', 7, 5), device('Tesla P100', 6, 0)]
    expect(probeReason(probe({ devices }), CONTEXT)).toMatchObject({
      code: 'device-unsupported',
      found: 'Tesla T4 (7.5), Tesla P100 (6.0)',
      required: '8.0 or higher',
    })
  })

  it('one that is new enough suffices', () => {
    const devices = [device('Tesla T4', 7, 5), device('NVIDIA A100', 8, 0)]
    expect(probeReason(probe({ devices }), CONTEXT)).toBeUndefined()
  })

  it('none is device-missing', () => {
    expect(probeReason(probe({}), CONTEXT)).toMatchObject({ code: 'device-missing' })
  })
})

describe('the release of the driver', () => {
  it('is shown where the system tells it', () => {
    const old = probe({ error: 35, driverVersion: 12040 })
    expect(probeReason(old, { ...CONTEXT, release: '550.54.15' })?.found).toBe(
      'driver 550.54.15, for CUDA 12.4',
    )
  })

  it('is read from what the kernel module says', () => {
    const directory = mkdtempSync(join(tmpdir(), 'attnkit-driver-'))
    const file = join(directory, 'version')
    writeFileSync(
      file,
      'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\nGCC version: gcc 12\n',
    )
    expect(driverRelease(file)).toBe('580.65.06')
    writeFileSync(file, 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n')
    expect(driverRelease(file)).toBe('550.54.15')
    rmSync(directory, { recursive: true })
    expect(driverRelease(file)).toBeUndefined()
  })
})
