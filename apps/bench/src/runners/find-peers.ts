import { messageOf } from '../message-of.js'
import { type OnnxruntimePeer, startOnnxruntimePeer } from '../peers/onnxruntime-peer.js'
import { startTorchPeers, type TorchPeers } from '../peers/torch-peers.js'
import { torchScript } from '../peers/torch-script.js'
import type { TurnOptions } from '../timer/time-turn.js'

/** A turn on the processor, ours or the peer's. */
export const HOST_TURN: TurnOptions = { minMs: 60, minRuns: 3 }

/** ONNX Runtime in its process; when it cannot be had, a note says why. */
export async function findOnnxruntime(
  threads: number,
  notes: string[],
): Promise<OnnxruntimePeer | undefined> {
  try {
    return await startOnnxruntimePeer({ threads, turn: HOST_TURN })
  } catch (error) {
    notes.push(`no peer onnxruntime: ${messageOf(error)}`)
    return undefined
  }
}

/** PyTorch's kernels in their process; when they cannot be had, a note says why. */
export async function findTorch(python: string, notes: string[]): Promise<TorchPeers | undefined> {
  try {
    return await startTorchPeers(python, torchScript())
  } catch (error) {
    notes.push(`no PyTorch peers: ${messageOf(error)}`)
    return undefined
  }
}
