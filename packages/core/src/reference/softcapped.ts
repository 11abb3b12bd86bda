/** A score pressed into (-softcap, softcap); 0 is off. */
export function softcapped(score: number, softcap: number): number {
  return softcap === 0 ? score : softcap * Math.tanh(score / softcap)
}
