import { describeIsa } from './support/describe-isa.js'

describeIsa('avx2', 200)
