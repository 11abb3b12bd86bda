import { describe, expect, it } from 'vitest'
import { cudaRuntime, selfCheck } from '../src/index.js'

const runtime = await cudaRuntime()
const missing = runtime.status === 'ready' ? '' : `${runtime.reason.code}: ${runtime.reason.found}`

describe.skipIf(missing)(
  `on the GPUs of this machine ${missing && `(skipped: ${missing})`}`,
  () => {
    const devices = runtime.status === 'ready' ? runtime.devices : []

    it.each(devices.map((device) => [device.name, device] as const))(
      '%s',
      async (_, device) => {
        const results = await selfCheck(device)
        expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
      },
      120_000,
    )
  },
)
