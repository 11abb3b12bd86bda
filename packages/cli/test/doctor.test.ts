import { describe, expect, it, vi } from 'vitest'
import { fakeTerminal } from './fake-session.js'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

/** Takes the machine out of the first line. */
function withoutMachine(text: string): string {
  return text.replace(/ · node [\d.]+ · \S+( \(glibc [\d.]+\))?/, ' · node N · PLATFORM')
}

describe('doctor', () => {
  it('prints a line a backend, with the remedy, and where calls run', async () => {
    const { exitCode, stdout, stderr } = await runCommandLine('doctor')
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(withoutMachine(stdout).replace(/, \d+ threads/, ', N threads')).toMatchInlineSnapshot(`
      "attnkit 0.1.0 · node N · PLATFORM
      ✗ cuda-flash   unavailable    driver-missing: no NVIDIA driver on this machine, needs driver 580 or newer
                                    fix: install the driver, or give the container the GPU (--gpus all)
      ✓ cpu          ready          avx512, N threads
      ✓ reference    ready          float64, javascript
      – cuda-memeff  not installed  npm i @attnkit/cuda-memeff
      → calls run on cpu
      "
    `)
  })

  it('prints the document of its schema, and no other fields', async () => {
    const { exitCode, document } = await runForJson('doctor')
    expect(exitCode).toBe(0)
    expect(Object.keys(document)).toEqual([
      'schema_version',
      'version',
      'node',
      'platform',
      'glibc',
      'backends',
      'default_backend',
    ])
    expect(document.default_backend).toBe('cpu')
    expect(document.backends).toMatchInlineSnapshot(`
      [
        {
          "name": "cuda-flash",
          "reason": {
            "code": "driver-missing",
            "found": "no NVIDIA driver on this machine",
            "remedy": "install the driver, or give the container the GPU (--gpus all)",
            "required": "driver 580 or newer",
            "subject": "NVIDIA driver",
          },
          "status": "unavailable",
        },
        {
          "devices": [
            {
              "index": 0,
              "name": "A Processor",
              "type": "host",
            },
          ],
          "name": "cpu",
          "status": "ready",
        },
        {
          "devices": [
            {
              "index": 0,
              "name": "host",
              "type": "host",
            },
          ],
          "name": "reference",
          "status": "ready",
        },
        {
          "name": "cuda-memeff",
          "reason": {
            "code": "not-installed",
            "found": "no package",
            "remedy": "npm i @attnkit/cuda-memeff",
            "required": "@attnkit/cuda-memeff",
            "subject": "@attnkit/cuda-memeff",
          },
          "status": "not-installed",
        },
      ]
    `)
  })

  it('exits with 3 when a required backend is not ready, and prints the same', async () => {
    expect((await runCommandLine('doctor --require cpu')).exitCode).toBe(0)
    const missing = await runCommandLine('doctor --require cpu --require cuda-flash')
    expect(missing.exitCode).toBe(3)
    expect(missing.stdout).toContain('driver-missing')
  })

  it('exits with 2 when the required backend is not known', async () => {
    const { exitCode, stderr } = await runCommandLine('doctor --require gpu')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--require: found "gpu", required one of cuda-flash, cpu')
  })

  it('colours on a terminal alone', async () => {
    const colored = await runCommandLine('doctor', { stdout: fakeTerminal(true) })
    expect(colored.stdout).toContain('\x1b[32m✓\x1b[39m')
    const plain = await runCommandLine('doctor --no-color', { stdout: fakeTerminal(true) })
    expect(plain.stdout).not.toContain('\x1b[')
  })

  it('names a variable that does not parse', async () => {
    const environment = { ORT_DISABLE_FLASH_ATTENTION: 'yes' }
    const { exitCode, document } = await runForJson('doctor', { environment })
    expect(exitCode).toBe(2)
    expect(document.error).toMatchObject({
      code: 'invalid-argument',
      faults: [{ path: 'ORT_DISABLE_FLASH_ATTENTION', required: '0 or 1' }],
    })
  })
})
