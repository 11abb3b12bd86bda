import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, type ProgramResult, runProgram } from './run-program.js'

/** An empty project into which tarballs are installed, as a user's would be. */
export class InstalledFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'attnkit-installed-'))
  /** Nothing of this repository and nothing of this machine's settings reaches what runs there. */
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: join(this.path, 'home'),
    npm_config_cache: join(this.path, 'home', 'cache'),
  }

  constructor() {
    mkdirSync(join(this.path, 'home'))
  }

  /** `npm i --offline` of tarballs, with nothing in npm's cache and no scripts. */
  async npmInstall(tarballs: readonly string[]): Promise<void> {
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
    const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
    await mustRun('npm', ['install', ...flags, ...tarballs], { cwd: this.path, env: this.env })
  }

  /** `pnpm install --offline` with each package overridden by its tarball or folder. */
  async pnpmInstall(
    dependencies: readonly string[],
    overrides: Readonly<Record<string, string>>,
  ): Promise<void> {
    const wanted = Object.fromEntries(dependencies.map((name) => [name, overrides[name]]))
    const manifest = { name: 'consumer', private: true, type: 'module', dependencies: wanted }
    this.write('package.json', JSON.stringify({ ...manifest, pnpm: { overrides } }))
    const store = ['--store-dir', join(this.path, 'home', 'store')]
    await mustRun('pnpm', ['install', '--offline', '--ignore-workspace', ...store], {
      cwd: this.path,
      env: this.env,
    })
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text)
  }

  /** Runs an ES module there. */
  async run(source: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
    this.write('program.mjs', source)
    return this.node(['program.mjs'], env)
  }

  node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
    return runProgram(process.execPath, args, { cwd: this.path, env: { ...this.env, ...env } })
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
