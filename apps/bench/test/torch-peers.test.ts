import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { JsonLinesProcess } from '../src/peers/json-lines-process.js'
import { startTorchPeers } from '../src/peers/torch-peers.js'
import { torchScript } from '../src/peers/torch-script.js'
import { SEED } from '../src/suites/seed.js'
import { FAKE_TORCH as FAKE } from './fake-torch-path.js'

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('PyTorch’s kernels', () => {
  it('are prepared, timed on request and released', async () => {
    const peers = await startTorchPeers(process.execPath, FAKE)
    try {
      expect(peers.versions).toEqual({ pytorch: '2.0-fake', cudnn: '90000' })
      const { rivals, refusals } = await peers.prepare(SEED[0]!, 1, 50)
      expect(refusals).toEqual([{ name: 'cudnn', reason: 'no engine' }])
      expect(rivals.map(({ name }) => name)).toEqual(['flash_attention_2'])
      expect(await rivals[0]!.measureBlock()).toEqual([17, 50])
      await peers.release()
    } finally {
      peers.close()
    }
  })

  it('say that their process ended instead of leaving the caller waiting', async () => {
    const peers = await startTorchPeers(process.execPath, FAKE)
    const broken = { ...SEED[0]!, numHeads: 13 }
    await expect(peers.prepare(broken, 1, 50)).rejects.toThrow(/ended \(7\)/)
    await expect(peers.prepare(SEED[0]!, 1, 50)).rejects.toThrow(/ended \(7\)/)
  })

  it('are absent with the reason when there is no such Python', async () => {
    await expect(startTorchPeers('/nowhere/python3', FAKE)).rejects.toThrow(/ENOENT/)
  })

  it.runIf(hasPython())(
    'are absent with a reason from Python where torch or a GPU is missing',
    async () => {
      const outcome = await startTorchPeers('python3', torchScript()).then(
        (peers) => {
          peers.close()
          return Object.keys(peers.versions).join()
        },
        (error: Error) => error.message,
      )
      expect(outcome).toMatch(/^(pytorch,cudnn|Python has no PyTorch: .*|PyTorch finds no GPU)$/)
    },
  )
})

describe('a process that speaks JSON lines', () => {
  it('takes one request at a time', async () => {
    const child = new JsonLinesProcess(process.execPath, [FAKE])
    const first = child.request({ op: 'hello' }, 5000)
    await expect(child.request({ op: 'check' }, 5000)).rejects.toThrow('under way')
    expect(await first).toMatchObject({ ok: true })
    child.close()
  })

  it('is killed when it does not answer in time', async () => {
    const child = new JsonLinesProcess(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await expect(child.request({}, 50)).rejects.toThrow('no answer within 0.05 s')
    await expect(child.request({}, 50)).rejects.toThrow('no answer within 0.05 s')
  })

  it('reports what is not JSON, and the last line of stderr when it dies', async () => {
    const chatty = new JsonLinesProcess(process.execPath, [
      '-e',
      'process.stdin.once("data", () => console.log("hello"))',
    ])
    await expect(chatty.request({}, 5000)).rejects.toThrow('not JSON: hello')
    chatty.close()
    const dying = new JsonLinesProcess(process.execPath, [
      '-e',
      'console.error("bad luck"); process.exit(3)',
    ])
    await expect(dying.request({}, 5000)).rejects.toThrow(/ended \(3\): bad luck/)
  })
})
