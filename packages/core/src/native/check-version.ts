import type { Reason } from '../backend/reason.js'
import type { AddonRequest } from './addon-request.js'

/** What every addon of attnkit exports. */
export interface NativeAddon {
  /** How it was built; `version` is the version of the package it was built from. */
  buildInfo(): { readonly version: string } & Readonly<Record<string, unknown>>
}

function isAddon(value: unknown): value is NativeAddon {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'buildInfo') === 'function'
  )
}

/** Why these exports belong to another version of the package; undefined if they do not. */
export function checkVersion(
  path: string,
  exports: unknown,
  request: AddonRequest,
): Reason | undefined {
  const found = isAddon(exports) ? exports.buildInfo().version : undefined
  if (found === request.version) return undefined
  return {
    code: 'binary-version-mismatch',
    subject: path,
    found: found ?? 'an addon without a version',
    required: request.version,
    remedy: `build or install ${request.packageName} ${request.version} again`,
  }
}
