import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reason } from '../backend/reason.js'
import type { AddonPlaces } from './addon-places.js'
import type { AddonRequest } from './addon-request.js'
import { PLATFORM_NAMES } from './platform.js'

/** No addon exists for this platform at all. */
export function platformUnsupported(request: AddonRequest, platform: string): Reason {
  return {
    code: 'platform-unsupported',
    subject: request.packageName,
    found: platform,
    required: PLATFORM_NAMES.join(' or '),
    remedy: 'run on Linux with glibc; elsewhere the reference in @attnkit/core computes the same',
  }
}

function otherPlatforms(places: AddonPlaces, request: AddonRequest): string[] {
  if (!existsSync(places.prebuilds)) return []
  return readdirSync(places.prebuilds).filter((name) =>
    existsSync(join(places.prebuilds, name, `${request.addonName}.node`)),
  )
}

function installCommand(request: AddonRequest, places: AddonPlaces): string {
  return places.source
    ? `pnpm --filter ${request.packageName} build:native`
    : `npm i --force ${request.packageName}@${request.version}`
}

/** The addon is in none of its places: it was never built, or another platform's was copied here. */
export function binaryAbsent(request: AddonRequest, platform: string, places: AddonPlaces): Reason {
  const others = otherPlatforms(places, request)
  const command = installCommand(request, places)
  if (others.length > 0) {
    return {
      code: 'binary-for-other-platform',
      subject: places.prebuilds,
      found: others.join(', '),
      required: platform,
      remedy: `install on this machine instead of copying node_modules: ${command}`,
    }
  }
  const action = places.source ? 'build it' : 'install the package again'
  return {
    code: 'binary-missing',
    subject: `${request.addonName}.node`,
    found: `not in ${places.candidates.map(dirname).join(', ')}`,
    required: `${request.addonName}.node of ${request.packageName} ${request.version}`,
    remedy: `${action}: ${command}; or set ATTNKIT_NATIVE_DIR to the folder it is in`,
  }
}
