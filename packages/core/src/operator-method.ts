import type { DeviceTensor, HostTensor, Tensor } from './tensor/tensor.js'

/** Tensors of any element type where `T` is: on the host, or on a device. */
export type Beside<T extends Tensor> = T extends HostTensor
  ? HostTensor
  : T extends DeviceTensor
    ? DeviceTensor
    : Tensor

/** Call options `C` with the outputs of one operator. */
export type OptionsWith<C, Outputs> = Omit<C, 'outputs'> & { readonly outputs?: Outputs }
