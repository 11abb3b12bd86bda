import { describe, expect, it } from 'vitest'
import type { Projection } from '../src/backend/backend.js'
import { fromFloat64, toFloat64 } from '../src/numeric/float64.js'
import { reference } from '../src/reference/reference.js'
import { tensor } from '../src/tensor/host-tensor.js'

/** Multiples of 1/4 from -2 to 2: exact in every dtype, and their products and sums in float64. */
function quarters(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => (((i + seed) * 7919) % 17) / 4 - 2)
}

function factors({ dtype, tokens, inputWidth, width }: Projection) {
  const input = fromFloat64(quarters(tokens * inputWidth, 1), dtype)
  const weights = fromFloat64(quarters(inputWidth * width, 5), dtype)
  return {
    input: tensor(input, [tokens, inputWidth], dtype),
    weights: tensor(weights, [inputWidth, width], dtype),
  }
}

function product({ tokens, inputWidth, width }: Projection): number[] {
  const [input, weights] = [quarters(tokens * inputWidth, 1), quarters(inputWidth * width, 5)]
  return Array.from({ length: tokens * width }, (_, at) => {
    const [token, column] = [Math.floor(at / width), at % width]
    let sum = 0
    for (let i = 0; i < inputWidth; i++) {
      sum += input[token * inputWidth + i]! * weights[i * width + column]!
    }
    return sum
  })
}

const project = reference().project!

describe('the projection of the reference', () => {
  it.each(['float64', 'float32', 'float16', 'bfloat16'] as const)(
    'is exact in %s',
    async (dtype) => {
      for (const [tokens, inputWidth, width] of [
        [3, 33, 7],
        [1, 1, 1],
        [2, 0, 3],
        [0, 4, 5],
        [4, 5, 0],
      ] as const) {
        const projection = { dtype, tokens, inputWidth, width }
        const result = await project(projection, factors(projection), 1)
        expect(result).toMatchObject({ dtype, shape: [tokens, width] })
        const rounded = fromFloat64(product(projection), dtype)
        expect(toFloat64(result)).toEqual(toFloat64({ dtype, data: rounded }))
      }
    },
  )

  it('does not look at its inputs once it has returned', async () => {
    const projection = { dtype: 'float32', tokens: 2, inputWidth: 3, width: 2 } as const
    const { input, weights } = factors(projection)
    const result = project(projection, { input, weights }, 1)
    input.data.fill(9)
    weights.data.fill(9)
    expect([...toFloat64(await result)]).toEqual(product(projection))
  })

  it('lets the event loop run', async () => {
    const projection = { dtype: 'float32', tokens: 40, inputWidth: 768, width: 768 } as const
    const tensors = factors(projection)
    await project(projection, tensors, 1)
    let turns = 0
    let running = true
    const count = () => {
      turns++
      if (running) setImmediate(count)
    }
    setImmediate(count)
    const start = performance.now()
    await project(projection, tensors, 1)
    running = false
    expect(turns).toBeGreaterThan((performance.now() - start) / 50)
  })
})
