/** Something that is timed beside others: a kernel of ours, or a peer's. */
export interface Contestant {
  readonly name: string
  /** Times one block and resolves to milliseconds of a run, one for each sample. */
  measureBlock(): Promise<readonly number[]>
}
