import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The script that times PyTorch's kernels: in the package's folder `peers`, or beside a bundle. */
export function torchScript(): string {
  const places = ['./peers', '../peers', '../../peers']
  const found = places
    .map((place) => fileURLToPath(new URL(`${place}/torch_sdpa.py`, import.meta.url)))
    .find((path) => existsSync(path))
  if (!found) throw new Error('peers/torch_sdpa.py is not there')
  return found
}
