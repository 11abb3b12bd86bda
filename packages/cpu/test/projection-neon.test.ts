import { describeProjection } from './support/describe-projection.js'

describeProjection('neon', 14)
