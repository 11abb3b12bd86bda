/** One of the two streams that a command writes to. */
export interface Terminal {
  write(text: string): void
  readonly isTTY: boolean
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
  /** The working directory. */
  readonly directory: string
  /** The file that was started as the program, for child processes. */
  readonly program: string
}

const DEFAULT_COLUMNS = 100

function terminal(stream: NodeJS.WriteStream): Terminal {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? DEFAULT_COLUMNS,
  }
}

/** The session of this process. */
export function processSession(): Session {
  return {
    stdout: terminal(process.stdout),
    stderr: terminal(process.stderr),
    environment: process.env,
    directory: process.cwd(),
    program: process.argv[1] ?? '',
  }
}
