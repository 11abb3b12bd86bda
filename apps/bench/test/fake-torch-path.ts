import { fileURLToPath } from 'node:url'

/** A script that answers as the Python one does, for Node.js. */
export const FAKE_TORCH = fileURLToPath(new URL('fake-torch.mjs', import.meta.url))
