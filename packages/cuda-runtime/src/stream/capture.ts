import type { Allocation } from '../memory/allocation.js'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import type { CudaStream } from './cuda-stream.js'
import { StreamCounters } from './stream-counters.js'

/** What is gathered while a stream is captured. */
export class Capture {
  readonly stream: CudaStream
  /** Tensors that the captured work uses: the graph keeps them. */
  readonly tensors = new Set<CudaTensor>()
  /** Memory disposed of while capturing: the captured work uses it at every launch. */
  readonly retained = new Set<Allocation>()
  readonly #counters = new Map<CudaStream, StreamCounters>()

  constructor(stream: CudaStream) {
    this.stream = stream
  }

  /** The counters of a stream's captured work: its own may be in use when the graph is launched. */
  countersOf(stream: CudaStream): StreamCounters {
    const known = this.#counters.get(stream)
    if (known !== undefined) return known
    const made = new StreamCounters()
    this.#counters.set(stream, made)
    return made
  }

  /** Nothing more is captured: the counters are disposed of, which leaves their memory to the graph. */
  end(): void {
    for (const counters of this.#counters.values()) counters.free()
  }
}
