import { type Attention, createAttention, only } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cpu } from '../../src/cpu.js'
import { describeNative } from './describe-native.js'
import { type OnnxCall, runOnnx } from './onnx-call.js'
import { type OnnxOutputs, Onnxruntime } from './onnxruntime.js'

/** A random call, and what tells it from others in a failure. */
interface RandomCall extends OnnxCall {
  readonly features: readonly string[]
  readonly sizes: object
}

/** How an operator is held against ONNX Runtime. */
interface Comparison<F extends string, C extends RandomCall> {
  readonly operator: string
  readonly forms: readonly F[]
  readonly problemsPerForm: number
  readonly draw: (random: Random, form: F) => C
  /** Runs the call on the CPU backend; what differs from ONNX Runtime's outputs. */
  readonly faultsOf: (attention: Attention, call: C, expected: OnnxOutputs) => Promise<string[]>
}

/** The suite that runs random calls of each form on ONNX Runtime, in a process of its own, and here. */
export function describeOnnxruntime<F extends string, C extends RandomCall>(
  comparison: Comparison<F, C>,
): void {
  const { operator, forms, problemsPerForm, draw, faultsOf } = comparison
  describeNative(`${operator} against ONNX Runtime`, () => {
    let attention: Attention
    let onnxruntime: Onnxruntime
    beforeAll(async () => {
      attention = await createAttention({ backends: [cpu()], policy: only('cpu') })
      onnxruntime = await Onnxruntime.start()
    })
    afterAll(() => onnxruntime?.stop())

    it.each(forms.map((form, index) => [form, index] as const))(
      `agrees on ${problemsPerForm} random problems of form %s`,
      async (form, index) => {
        const failed: string[] = []
        for (let number = 0; number < problemsPerForm; number++) {
          const call = draw(new Random(1000 * (index + 1) + number), form)
          const expected = await runOnnx(onnxruntime, call)
          const faults = await faultsOf(attention, call, expected)
          const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
          failed.push(...faults.map((fault) => `${name}: ${fault}`))
        }
        expect(failed).toEqual([])
      },
    )
  })
}
