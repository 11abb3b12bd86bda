import type { Fault } from './attention-error.js'
import { describeValue } from './describe-value.js'

/** Gathers everything that is wrong with a call, so that one error can name it all. */
export class FaultList {
  readonly faults: Fault[] = []

  /** Notes a fault unless `ok`. Returns `ok`. */
  require(ok: boolean, path: string, found: unknown, required: string, rule?: string): boolean {
    if (!ok) {
      this.faults.push({
        path,
        found: describeValue(found),
        required,
        ...(rule === undefined ? {} : { rule }),
      })
    }
    return ok
  }

  /** Notes a fault whose `found` is words already. */
  add(path: string, found: string, required: string, rule?: string): void {
    this.faults.push({ path, found, required, ...(rule === undefined ? {} : { rule }) })
  }

  get empty(): boolean {
    return this.faults.length === 0
  }
}
