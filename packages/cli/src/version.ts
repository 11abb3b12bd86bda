import packageJson from '../package.json' with { type: 'json' }

/** Version of this package, and of all of attnkit: they are released together. */
export const VERSION: string = packageJson.version
