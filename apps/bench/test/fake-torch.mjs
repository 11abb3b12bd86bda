// Answers as peers/torch_sdpa.py does, without a GPU: requests are told on stderr as they come.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const answers = {
  hello: () => ({ ok: true, torch: '2.0-fake', cudnn: '90000', device: 'fake' }),
  check: () => ({ ok: true, rel_error: 1e-4 }),
  prepare: ({ num_heads }) => {
    if (num_heads === 13) process.exit(7)
    return { ok: true, peers: { flash_attention_2: null, cudnn: 'no engine' } }
  },
  attend: ({ directory }) => {
    copyFileSync(join(directory, 'value.bin'), join(directory, 'flash_attention_2.bin'))
    return { ok: true, peers: { flash_attention_2: null, cudnn: 'no engine' } }
  },
  measure: ({ peer, block_ms }) => ({ ok: true, samples: [peer.length, block_ms] }),
  release: () => ({ ok: true }),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line)
  console.log(JSON.stringify(answers[request.op](request)))
})
