/** More than the last-level cache of any GPU so far holds. */
export const ROTATION_BYTES = 256 * 2 ** 20

/**
 * How many sets of tensors of `setBytes` bytes are rotated so that each run finds a cold cache: together
 * more than 256 MB, and never the same set twice in a row.
 */
export function rotatingSets(setBytes: number): number {
  return Math.max(2, Math.floor(ROTATION_BYTES / setBytes) + 1)
}
