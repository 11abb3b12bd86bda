import type { Allocation } from './allocation.js'

/** The memory of `allocation` is given back after everything that uses it. Never throws. */
export function freeAllocation(allocation: Allocation): void {
  if (allocation.external) void releaseOwner(allocation)
  else releaseMemory(allocation)
}

/**
 * Where a wait cannot be enqueued (the device is lost, a stream of another library is gone), the memory
 * stays until the environment closes: given back now, it might be used while work still writes to it.
 */
function releaseMemory(allocation: Allocation): void {
  const { stream: owner, users } = allocation
  const { device } = owner
  device.live.remove(allocation)
  try {
    const target = owner.disposed ? device.defaultStream : owner
    target.waitFor(owner)
    for (const user of users) target.waitFor(user)
    device.native.addon.release(device.index, allocation.pointer, target.handle)
  } catch {}
}

/** Memory of another library is never freed here, but its owner is kept until no work uses it. */
async function releaseOwner(allocation: Allocation): Promise<void> {
  const streams = [allocation.stream, ...allocation.users].filter((stream) => !stream.disposed)
  await Promise.allSettled(streams.map((stream) => stream.synchronize()))
  allocation.owner = undefined
}
