import { readFileSync } from 'node:fs'

/** What a tool's package is called by each package manager; `null`: not packaged there. */
const PACKAGES = {
  cmake: { apt: 'cmake', dnf: 'cmake', pacman: 'cmake', zypper: 'cmake', apk: 'cmake' },
  make: { apt: 'make', dnf: 'make', pacman: 'make', zypper: 'make', apk: 'make' },
  'c++': { apt: 'g++', dnf: 'gcc-c++', pacman: 'gcc', zypper: 'gcc-c++', apk: 'g++' },
}

const COMMANDS = {
  apt: 'apt-get install -y',
  dnf: 'dnf install -y',
  pacman: 'pacman -S --needed',
  zypper: 'zypper install -y',
  apk: 'apk add',
}

const DISTRIBUTIONS = [
  [/\b(debian|ubuntu)\b/, 'apt'],
  [/\b(fedora|rhel|centos)\b/, 'dnf'],
  [/\barch\b/, 'pacman'],
  [/\bsuse\b/, 'zypper'],
  [/\balpine\b/, 'apk'],
]

/** The command that installs the tools named (`cmake`, `make`, `c++`) on this distribution. */
export function installCommand(tools, release = readRelease(), root = process.getuid?.() === 0) {
  const ids = (release.match(/^ID(_LIKE)?=.*$/gm) ?? []).join(' ').toLowerCase()
  const manager = DISTRIBUTIONS.find(([pattern]) => pattern.test(ids))?.[1] ?? 'apt'
  const packages = tools.map((tool) => PACKAGES[tool][manager])
  return `${root ? '' : 'sudo '}${COMMANDS[manager]} ${packages.join(' ')}`
}

function readRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
