import { describeProjection } from './support/describe-projection.js'

describeProjection('avx512bf16', 15)
