import { describeIsa } from './support/describe-isa.js'

describeIsa('neon', 400)
