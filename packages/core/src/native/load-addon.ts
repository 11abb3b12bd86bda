import { existsSync } from 'node:fs'
import type { Reason } from '../backend/reason.js'
import { binaryAbsent, platformUnsupported } from './absence-reason.js'
import { addonPlaces } from './addon-places.js'
import type { AddonRequest } from './addon-request.js'
import { checkBinary } from './check-binary.js'
import { checkVersion, type NativeAddon } from './check-version.js'
import { currentHost, type NativeHost } from './host.js'
import { loadFailed } from './load-failure.js'
import { findPlatform, type Platform, platformName } from './platform.js'

/** An addon that was loaded, or why it could not be. */
export type AddonResult<T extends NativeAddon = NativeAddon> =
  | { readonly status: 'loaded'; readonly addon: T; readonly path: string }
  | { readonly status: 'unavailable'; readonly reason: Reason }

function unavailable(reason: Reason): { status: 'unavailable'; reason: Reason } {
  return { status: 'unavailable', reason }
}

function openAddon<T extends NativeAddon>(
  path: string,
  platform: Platform,
  request: AddonRequest,
  host: NativeHost,
): AddonResult<T> {
  try {
    const broken = checkBinary(path, platform)
    if (broken !== undefined) return unavailable(broken)
    const addon = host.open(path)
    const mismatch = checkVersion(path, addon, request)
    return mismatch ? unavailable(mismatch) : { status: 'loaded', addon: addon as T, path }
  } catch (error) {
    return unavailable(loadFailed(path, error, host))
  }
}

/**
 * Finds and loads the native part of a package. The first file that exists decides: one that cannot be
 * loaded is a reason, not a cause to look further. Never throws; callers keep the result.
 */
export function loadAddon<T extends NativeAddon = NativeAddon>(
  request: AddonRequest,
  host: NativeHost = currentHost(),
): AddonResult<T> {
  const name = platformName(host)
  const platform = findPlatform(name)
  if (platform === undefined) return unavailable(platformUnsupported(request, name))
  const places = addonPlaces(request, name, host)
  const path = places.candidates.find((candidate) => existsSync(candidate))
  if (path === undefined) return unavailable(binaryAbsent(request, name, places))
  return openAddon<T>(path, platform, request, host)
}
