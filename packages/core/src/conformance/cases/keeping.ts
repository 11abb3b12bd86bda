import { maskView } from '../../problem/define-problem.js'
import { emptyTensor } from '../../tensor/host-tensor.js'
import { fillElements } from '../write-elements.js'
import type { Edit } from './define-case.js'

/**
 * The same call with every rule about which keys a query sees replaced by `keeps`, written out as a mask. Rows
 * without keys are 0.
 */
export function keeping(keeps: (batch: number, query: number, key: number) => boolean): Edit {
  return (bound) => {
    const { batch, seqlenQ, seqlenK } = bound.problem
    const mask = emptyTensor([batch, seqlenQ, seqlenK], 'bool')
    fillElements(mask, (at) => {
      const row = Math.floor(at / seqlenK)
      return Number(keeps(Math.floor(row / seqlenQ), row % seqlenQ, at % seqlenK))
    })
    const view = maskView('3d', bound.problem)
    const problem = {
      ...bound.problem,
      mask: { kind: '3d', dtype: 'bool', view, filterValue: Number.NEGATIVE_INFINITY },
      emptyRows: 'zero',
      keyLengths: null,
      causal: false,
      windowLeft: -1,
      windowRight: -1,
      qkOutput: 'none',
      present: false,
    } as const
    return { ...bound, problem, mask }
  }
}
