import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostTensor } from '@attnkit/core'
import type { BenchShape } from '../suites/bench-shape.js'
import type { TorchOutcome, TorchPeerName, TorchPeers } from './torch-peers.js'

export interface TorchOutputs {
  /** The bits of (B, S, N, H) by the kernel. */
  readonly outputs: readonly (readonly [name: TorchPeerName, data: Uint16Array])[]
  readonly refusals: TorchOutcome<unknown>['refusals']
}

/** What PyTorch's kernels compute of these very values, of two bytes each. */
export async function torchOutputs(
  peers: Pick<TorchPeers, 'attend'>,
  shape: BenchShape,
  inputs: { readonly query: HostTensor; readonly key: HostTensor; readonly value: HostTensor },
): Promise<TorchOutputs> {
  const directory = await mkdtemp(join(tmpdir(), 'attnkit-bench-'))
  try {
    for (const [name, { data }] of Object.entries(inputs)) {
      await writeFile(join(directory, `${name}.bin`), data as Uint16Array)
    }
    const { rivals, refusals } = await peers.attend(shape, directory)
    const outputs: [TorchPeerName, Uint16Array][] = []
    for (const name of rivals) {
      outputs.push([name, await readBits(join(directory, `${name}.bin`))])
    }
    return { outputs, refusals }
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function readBits(path: string): Promise<Uint16Array> {
  const bytes = new Uint8Array(await readFile(path))
  return new Uint16Array(bytes.buffer)
}
