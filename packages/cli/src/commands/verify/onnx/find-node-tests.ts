import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileError } from '../../../files/file-fault.js'

const MODEL = 'model.onnx'
const DATA_SET = /^test_data_set_\d+$/
/** Far more than ONNX itself has; a tree that is larger is not one of tests. */
const MAX_FOLDERS = 100_000

/** One data set of one of ONNX's node tests. */
export interface NodeTest {
  /** The folder's name, with the data set's where it has several. */
  readonly name: string
  readonly model: string
  /** The folder of its inputs and outputs. */
  readonly dataSet: string
}

const inOrder = new Intl.Collator('en', { numeric: true }).compare

/**
 * The node tests in and below folders: those that hold a `model.onnx` and a `test_data_set_*`. Links to folders
 * are followed, and each folder is looked at once.
 * @throws AttentionError `invalid-argument` for a folder that cannot be read, and for too many of them.
 */
export async function findNodeTests(
  roots: readonly string[],
  directory: string,
): Promise<readonly NodeTest[]> {
  const seen = new Set<string>()
  const found: string[][] = []
  for (const root of roots) {
    const waiting = [resolve(directory, root)]
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const { dataSets, folders } = await look(folder, seen)
      if (dataSets.length > 0) found.push([folder, ...dataSets])
      waiting.push(...folders.reverse())
    }
  }
  return namedTests(found, directory)
}

/** The data sets of a folder where it is a test, else the folders in it; neither when it was seen before. */
async function look(folder: string, seen: Set<string>) {
  const none = { dataSets: [] as string[], folders: [] as string[] }
  try {
    const real = await realpath(folder)
    if (seen.has(real)) return none
    seen.add(real)
    if (seen.size > MAX_FOLDERS) throw tooMany(folder)
    const entries = await readdir(folder, { withFileTypes: true })
    const names = await folderNames(folder, entries)
    const isTest = entries.some(({ name }) => name === MODEL)
    const dataSets = isTest ? names.filter((name) => DATA_SET.test(name)) : []
    if (dataSets.length > 0) return { ...none, dataSets }
    return { ...none, folders: names.map((name) => join(folder, name)) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (typeof code !== 'string' || code === 'invalid-argument') throw error
    const fault = { file: folder, field: 'path', found: code, required: 'a folder to read' }
    throw fileError(fault, error)
  }
}

/** Names of the folders among entries, in order, also of those that are links. */
async function folderNames(folder: string, entries: readonly Dirent[]): Promise<string[]> {
  const names: string[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) names.push(entry.name)
    else if (entry.isSymbolicLink()) {
      const target = await stat(join(folder, entry.name)).catch(() => null)
      if (target?.isDirectory()) names.push(entry.name)
    }
  }
  return names.sort(inOrder)
}

function tooMany(folder: string) {
  const found = `more than ${MAX_FOLDERS} folders`
  const required = 'a folder of ONNX node tests'
  return fileError({ file: folder, field: '--onnx', found, required })
}

/** Tests by the names of their folders, or by their paths where two folders have the same name. */
function namedTests(found: readonly string[][], directory: string): readonly NodeTest[] {
  const counts = new Map<string, number>()
  for (const [folder] of found) {
    const name = basename(folder!)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return found.flatMap(([path, ...dataSets]) => {
    const folder = path!
    const own = basename(folder)
    const name = counts.get(own) === 1 ? own : relative(directory, folder)
    return dataSets.map((dataSet) => ({
      name: dataSets.length === 1 ? name : `${name}/${dataSet}`,
      model: join(folder, MODEL),
      dataSet: join(folder, dataSet),
    }))
  })
}
