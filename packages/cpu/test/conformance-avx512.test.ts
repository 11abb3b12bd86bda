import { describeIsa } from './support/describe-isa.js'

describeIsa('avx512', 100)
