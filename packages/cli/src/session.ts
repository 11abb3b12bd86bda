/** One of the two streams that a command writes to. */
export interface Terminal {
  write(text: string): void
  readonly isTerminal: boolean
  /** Width in characters. */
  readonly columns: number
}

/** What a command knows of the process it runs in; tests give their own. */
export interface Session {
  /** The result, and nothing else. */
  readonly stdout: Terminal
  /** Progress and faults. */
  readonly stderr: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
}

const DEFAULT_COLUMNS = 100

function terminal(stream: NodeJS.WriteStream): Terminal {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? DEFAULT_COLUMNS,
  }
}

/** The session of this process. */
export function processSession(): Session {
  return {
    stdout: terminal(process.stdout),
    stderr: terminal(process.stderr),
    environment: process.env,
  }
}
