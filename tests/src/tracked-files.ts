import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './repository.js'

const TEXT = /\.(ts|mts|mjs|js|json|md|yaml|yml|cc|cu|cuh|h|txt|cmake|py|sh)$|^\.ci\/run$/

/** Every file that git knows and that is there, from the top of the repository. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return listed.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)))
}

/** Those written by people, with their text. */
export function trackedTexts(): { readonly file: string; readonly text: string }[] {
  return trackedFiles()
    .filter((file) => TEXT.test(file) && file !== 'pnpm-lock.yaml')
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
}
