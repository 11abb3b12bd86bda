/**
 * The oldest driver release for each major version of CUDA (NVIDIA's CUDA compatibility guide): within a
 * major version a newer toolkit runs on it too.
 */
const OLDEST_DRIVER: Readonly<Record<number, number>> = { 12: 525, 13: 580 }

/** A CUDA version number, 1000 · major + 10 · minor, as people write it. */
export function cudaVersionText(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`
}

/** Which driver a build for `runtimeVersion` needs, e.g. `driver ≥ 580 (built for CUDA 13.0)`. */
export function driverRequirement(runtimeVersion: number): string {
  const oldest = OLDEST_DRIVER[Math.floor(runtimeVersion / 1000)]
  const built = `built for CUDA ${cudaVersionText(runtimeVersion)}`
  return oldest === undefined ? `a driver for it (${built})` : `driver ≥ ${oldest} (${built})`
}
