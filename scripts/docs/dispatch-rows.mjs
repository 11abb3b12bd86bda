const code = (text) => `\`${text}\``

function ruleText(rule, variables) {
  if ('only' in rule) return `${rule.only.text} only`
  const about = rule.about === undefined ? '' : `${rule.about.text}: `
  const { byDefault } = variables[rule.variable]
  if ('length' in rule) {
    return `${about}from ${byDefault} ${rule.length.text} on (${code(rule.variable)})`
  }
  if (rule.runsAt === byDefault)
    return `${about}unless ${code(`${rule.variable}=${1 - byDefault}`)}`
  return `${about}only with ${code(`${rule.variable}=${rule.runsAt}`)}`
}

/**
 * Which kernels each operator tries, in order.
 *
 * @returns {string[][]} the header first
 */
export function orderRows(order, variables) {
  const rows = Object.entries(order).flatMap(([operator, steps]) =>
    steps.map(({ family, kernels, serves, rules }, index) => [
      index === 0 ? code(operator) : '',
      `${index + 1}. ${kernels}`,
      family,
      serves?.text ?? 'all',
      rules.map((rule) => ruleText(rule, variables)).join('; '),
    ]),
  )
  return [['operator', 'kernels', 'family', 'calls', 'run'], ...rows]
}

function actsOn({ steers, laterName }) {
  if (laterName !== undefined) return `earlier name of ${code(laterName)}`
  return steers === 'nothing' ? 'nothing: no such kernels here' : steers
}

/**
 * ONNX Runtime's variables.
 *
 * @returns {string[][]} the header first
 */
export function variableRows(variables) {
  const rows = Object.entries(variables).map(([name, declaration]) => [
    code(name),
    declaration.purpose,
    `${declaration.byDefault}`,
    actsOn(declaration),
    declaration.versions,
  ])
  return [['variable', 'what it says', 'default', 'acts on', 'ONNX Runtime'], ...rows]
}
