import {
  type DeviceTensor,
  dtypeBytes,
  elementCount,
  type Fault,
  invalidArgument,
  type Stream,
  shapeText,
} from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationOn } from '../memory/device-argument.js'
import { check } from '../native/native-status.js'
import { paramsWriter } from './params-writer.js'
import { SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

/** The same tokens with and without padding. */
export interface TokenTensors {
  /** (batch, seqlen, …row). */
  readonly padded: DeviceTensor
  /** (total, …row): the tokens of all sequences one after the other. */
  readonly tokens: DeviceTensor
  /** int32 (batch + 1): where each sequence begins in `tokens`, and the total. */
  readonly cuSeqlens: DeviceTensor<'int32'>
}

const pack = paramsWriter(SHARED_LAYOUTS.pad_tokens)

function faultsOf({ padded, tokens, cuSeqlens }: TokenTensors): Fault[] {
  const row = elementCount(tokens.shape.slice(1))
  const faults: Fault[] = []
  const refuse = (path: string, found: string, required: string) => {
    faults.push({ path, found, required })
  }
  if (padded.dtype !== tokens.dtype) refuse('tokens.dtype', tokens.dtype, padded.dtype)
  if (dtypeBytes(tokens.dtype) < 2) refuse('tokens.dtype', tokens.dtype, 'at least 2 bytes wide')
  if (padded.shape.length < 2 || elementCount(padded.shape.slice(2)) !== row) {
    refuse('padded.shape', shapeText(padded.shape), `(batch, seqlen, rows of ${row})`)
  }
  const required = `int32 (${(padded.shape[0] ?? 0) + 1})`
  const found = `${cuSeqlens.dtype} ${shapeText(cuSeqlens.shape)}`
  if (found !== required) refuse('cuSeqlens', found, required)
  return faults
}

function moveTokens(
  operator: string,
  device: CudaDevice,
  tensors: TokenTensors,
  toPad: 0 | 1,
  given: Stream | undefined,
): void {
  const stream = device.streamOf(operator, given)
  const pointer = (path: keyof TokenTensors) =>
    allocationOn(device, operator, path, tensors[path]).pointer
  const [padded, tokens, cuSeqlens] = [pointer('padded'), pointer('tokens'), pointer('cuSeqlens')]
  const faults = faultsOf(tensors)
  if (faults.length > 0) throw invalidArgument(operator, faults)
  const { shape, dtype } = tensors.tokens
  const params = pack({
    padded,
    tokens,
    cu_seqlens: cuSeqlens,
    row_bytes: elementCount(shape.slice(1)) * dtypeBytes(dtype),
    batch: tensors.padded.shape[0]!,
    seqlen: tensors.padded.shape[1]!,
    total: shape[0]!,
    to_pad: toPad,
  })
  check(operator, device.native.addon.launch(SHARED_KERNELS.padTokens, params, stream.handle))
  stream.use(tensors.padded, tensors.tokens, tensors.cuSeqlens)
}

/** Writes `padded` from `tokens`, and zeros where there is no token. */
export function padTokens(
  device: CudaDevice,
  tensors: TokenTensors,
  options: { readonly stream?: Stream } = {},
): void {
  moveTokens('padTokens', device, tensors, 1, options.stream)
}

/** Writes `tokens` from `padded`. */
export function unpadTokens(
  device: CudaDevice,
  tensors: TokenTensors,
  options: { readonly stream?: Stream } = {},
): void {
  moveTokens('unpadTokens', device, tensors, 0, options.stream)
}
