import type { Allocation } from '../memory/allocation.js'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import type { CudaStream } from './cuda-stream.js'

/** What is gathered while a stream is captured. */
export class Capture {
  readonly stream: CudaStream
  /** Tensors that the captured work uses: the graph keeps them. */
  readonly tensors = new Set<CudaTensor>()
  /** Memory disposed of while capturing: the captured work uses it at every launch. */
  readonly retained = new Set<Allocation>()

  constructor(stream: CudaStream) {
    this.stream = stream
  }
}
