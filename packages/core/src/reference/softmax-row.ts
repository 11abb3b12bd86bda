/**
 * Replaces the scores [0, count) by their softmax, with one more logit `sink` in the denominator
 * (-Infinity for none). Scores of -Infinity get weight 0; where all are, all weights are 0.
 * Returns the natural logarithm of the denominator, -Infinity when no score is above -Infinity.
 */
export function softmaxRow(scores: Float64Array, count: number, sink: number): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) largest = Math.max(largest, scores[i]!)
  if (largest === Number.NEGATIVE_INFINITY) {
    scores.fill(0, 0, count)
    return Number.NEGATIVE_INFINITY
  }
  largest = Math.max(largest, sink)
  let sum = Math.exp(sink - largest)
  for (let i = 0; i < count; i++) {
    const weight = Math.exp(scores[i]! - largest)
    scores[i] = weight
    sum += weight
  }
  for (let i = 0; i < count; i++) scores[i]! /= sum
  return largest + Math.log(sum)
}
