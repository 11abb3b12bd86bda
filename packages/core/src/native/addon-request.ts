/** Which addon is wanted, and by whom. */
export interface AddonRequest {
  /** `import.meta.url` of any module of the package. */
  readonly packageUrl: string
  /** e.g. `@attnkit/cpu`. */
  readonly packageName: string
  /** Name of the file without `.node`, e.g. `cpu`. */
  readonly addonName: string
  /** The package's version, which the addon must have been built from. */
  readonly version: string
}
