import type { Availability, BuildInfo, Reason, Stream } from '@attnkit/core'
import { type AddonRequest, loadAddon, type NativeAddon } from '@attnkit/core/native'
import { cudaRuntime } from './cuda-runtime.js'
import { check, type Outcome } from './native/native-status.js'
import { deviceUnsupported } from './probe/probe-reason.js'

/** What the native part of a kernel package exports. */
export interface KernelNative extends NativeAddon {
  /** Enqueues a kernel; `params` are the bytes of its parameters, read before this returns. */
  launch(variant: number | string, params: Uint8Array, stream: bigint): Outcome
}

export interface KernelAddonRequest extends AddonRequest {
  /** Lowest compute capability its kernels are compiled for. */
  readonly minComputeCapability: readonly [major: number, minor: number]
}

/** The native part of a kernel package. Made by {@link kernelAddon}. */
export interface KernelAddon {
  /** Memoised; never rejects. */
  availability(): Promise<Availability>
  /**
   * Enqueues a kernel. `operator` names the call in an error. Throws `internal` before
   * {@link availability} has said that the addon is there.
   */
  launch(operator: string, variant: number | string, params: Uint8Array, stream: Stream): void
}

function unavailable(reason: Reason): Availability {
  return { status: 'unavailable', reason }
}

function atLeast(
  found: readonly [number, number],
  [major, minor]: readonly [number, number],
): boolean {
  return found[0] > major || (found[0] === major && found[1] >= minor)
}

/**
 * Loads the addon of a kernel package when its availability is first asked for: the addon's own file,
 * then the driver and devices, then what its kernels need of a device.
 */
export function kernelAddon(request: KernelAddonRequest): KernelAddon {
  let native: KernelNative | undefined
  let known: Promise<Availability> | undefined

  async function find(): Promise<Availability> {
    const loaded = loadAddon<KernelNative>(request)
    if (loaded.status === 'unavailable') return loaded
    const runtime = await cudaRuntime()
    if (runtime.status === 'unavailable') return unavailable(runtime.reason)
    const devices = runtime.devices.filter(({ computeCapability }) =>
      atLeast(computeCapability, request.minComputeCapability),
    )
    if (devices.length === 0) {
      return unavailable(deviceUnsupported(runtime.devices, request.minComputeCapability))
    }
    native = loaded.addon
    return { status: 'available', devices, build: native.buildInfo() as BuildInfo }
  }

  return {
    availability: () => {
      known ??= find()
      return known
    },
    launch: (operator, variant, params, stream) => {
      if (native === undefined) return check(operator, NOT_LOADED)
      check(operator, native.launch(variant, params, stream.handle))
    },
  }
}

const NOT_LOADED: Outcome = {
  code: 'internal',
  cudaError: 0,
  message: 'a kernel was launched before the addon was known to be available',
}
