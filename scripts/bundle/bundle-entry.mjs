import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'tsup'
import { ROOT } from '../process/root.mjs'

/** Our built packages by name, wherever the importing one may look for them. */
function ownPackages() {
  return Object.fromEntries(
    ['packages', 'apps'].flatMap((group) =>
      readdirSync(join(ROOT, group)).flatMap((folder) => {
        const directory = join(ROOT, group, folder)
        if (!existsSync(join(directory, 'dist', 'index.js'))) return []
        const { name, exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
        return Object.entries(exports)
          .filter(([, target]) => typeof target === 'object')
          .map(([path, target]) => [join(name, path), join(directory, target.default)])
      }),
    ),
  )
}

/** The commit that a bundle tells as its own; null outside git. */
function commit() {
  const describe = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']
  const { status, stdout } = spawnSync('git', describe, { cwd: ROOT })
  return status === 0 ? stdout.toString().trim() : null
}

/** What CommonJS inside a module asks for. */
const REQUIRE = `import { createRequire as attnkitCreateRequire } from 'node:module'
const require = attnkitCreateRequire(import.meta.url)`

/**
 * Bundles `source` with everything it imports as the single file `<out>/<name>.mjs`. Packages that are
 * optional and not here stay imports, and are told as not installed by whoever asks for them.
 */
export async function bundleEntry(name, source, out) {
  const own = ownPackages()
  const hash = commit()
  await build({
    config: false,
    silent: true,
    entry: { [name]: source },
    outDir: out,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    splitting: false,
    noExternal: [/.*/],
    external: ['onnxruntime-node', '@attnkit/cuda-fused', '@attnkit/cuda-memeff'],
    banner: { js: REQUIRE },
    define: hash ? { 'process.env.ATTNKIT_COMMIT': JSON.stringify(hash) } : {},
    esbuildPlugins: [
      {
        name: 'own-packages',
        setup(builder) {
          builder.onResolve({ filter: /^(@attnkit\/|attnkit$)/ }, ({ path }) =>
            own[path] ? { path: own[path] } : null,
          )
        },
      },
    ],
  })
}
