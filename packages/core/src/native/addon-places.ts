import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AddonRequest } from './addon-request.js'
import type { NativeHost } from './host.js'

/** Where an addon is looked for. */
export interface AddonPlaces {
  /** Files in the order of preference. */
  readonly candidates: readonly string[]
  /** `prebuilds/` of the package, where other platforms' files lie too. */
  readonly prebuilds: string
  /** Whether the package is here as source, so that it can be built. */
  readonly source: boolean
}

function isPackage(directory: string, name: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return (
      typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'name') === name
    )
  } catch {
    return false
  }
}

/** The folder of the package; undefined when its code was bundled into another file. */
function packageRoot(moduleDirectory: string, name: string): string | undefined {
  for (let directory = moduleDirectory; ; directory = dirname(directory)) {
    if (isPackage(directory, name)) return directory
    if (dirname(directory) === directory) return undefined
  }
}

/**
 * `ATTNKIT_NATIVE_DIR`, then what was built here, then what the package brought. Code that was bundled
 * has no package around it, and its addons lie in `native/` beside the bundle.
 */
export function addonPlaces(
  request: AddonRequest,
  platform: string,
  host: NativeHost,
): AddonPlaces {
  const file = `${request.addonName}.node`
  const override = host.environment.ATTNKIT_NATIVE_DIR
  const moduleDirectory = dirname(fileURLToPath(request.packageUrl))
  const root = packageRoot(moduleDirectory, request.packageName)
  const prebuilds = join(root ?? moduleDirectory, 'prebuilds')
  const inPackage = root
    ? [join(root, 'build', 'Release', file), join(prebuilds, platform, file)]
    : [join(moduleDirectory, 'native', file)]
  return {
    candidates: override ? [join(override, file), ...inPackage] : inPackage,
    prebuilds,
    source: root !== undefined && existsSync(join(root, 'CMakeLists.txt')),
  }
}
