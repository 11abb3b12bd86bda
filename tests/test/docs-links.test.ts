import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documents } from '../src/docs-samples.js'
import { ROOT } from '../src/repository.js'

/** The anchors that a Markdown document has, as its headings make them. */
function anchors(path: string): Set<string> {
  const headings = readFileSync(path, 'utf8').match(/^#+ .*$/gm) ?? []
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function brokenLinks(path: string): string[] {
  const text = readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), file)
    if (!existsSync(target)) return true
    return anchor !== undefined && !anchors(target).has(anchor)
  })
}

describe('the links of the docs', () => {
  const paths = documents().map((path) => [relative(ROOT, path), path] as const)

  test.each(paths)('%s', (_name, path) => {
    expect(brokenLinks(path)).toEqual([])
  })
})
