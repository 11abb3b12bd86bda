import type { HostBackend } from '../backend/backend.js'
import { checkCapabilities } from '../backend/check-capabilities.js'
import { defineBackend } from '../backend/define-backend.js'
import { HOST } from '../backend/device.js'
import { computeReference } from './compute-reference.js'
import { holdInputs } from './hold-inputs.js'
import { project } from './project.js'
import { REFERENCE_CAPABILITIES } from './reference-capabilities.js'
import { writeOutputs } from './write-outputs.js'

/**
 * Attention in float64, in plain JavaScript: takes every problem, needs nothing that is native, and is
 * what all other backends are compared with. Results are rounded to the problem's dtype once, at the
 * end.
 */
export function reference(): HostBackend {
  return defineBackend({
    name: 'reference',
    deviceType: 'host',
    capabilities: REFERENCE_CAPABILITIES,
    availability: async () => ({
      status: 'available',
      devices: [HOST],
      build: { language: 'javascript', precision: 'float64' },
    }),
    supports: (problem, device) => ({
      reasons: checkCapabilities(problem, REFERENCE_CAPABILITIES, device),
      notes: [],
    }),
    project,
    plan: () => ({
      variant: 'float64',
      workspaceBytes: 0,
      async execute(bound) {
        const held = holdInputs(bound)
        await writeOutputs(held, await computeReference(held))
      },
    }),
  })
}
