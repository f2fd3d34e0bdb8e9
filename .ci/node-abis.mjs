/**
 * Which binaries of fs-ext a package carries: one per NODE_MODULE_VERSION, the number a Node or Electron release
 * prints as `process.versions.modules`. Source: doc/abi_version_registry.json of https://github.com/nodejs/node.
 *
 * Any release of a major version has the same number, so the exact release below matters only for its headers. A number
 * that is missing here costs the active probe in that VS Code, nothing else.
 */

/** Extension hosts of VS Code Server: Remote SSH, WSL, Dev Containers, Codespaces, code-server. */
export const nodes = [
  { abi: 115, version: '20.20.2', vscode: '1.100' },
  { abi: 127, version: '22.23.3', vscode: '1.101 to 1.122' },
  { abi: 137, version: '24.21.0', vscode: '1.123 on' },
];

/** Extension hosts of desktop VS Code. */
export const electrons = [
  { abi: 132, version: '34.5.8', vscode: '1.100' },
  { abi: 133, version: '35.7.5', vscode: '1.101 and 1.102' },
  { abi: 136, version: '37.10.3', vscode: '1.103 to 1.106' },
  { abi: 140, version: '39.8.10', vscode: '1.107 to 1.122' },
  { abi: 146, version: '42.11.18', vscode: '1.123 to 1.140' },
  { abi: 148, version: '43.8.11', vscode: '1.141 on' },
];

/** The VSIX targets, and the Node platform and architecture whose binaries each carries. */
export const targets = [
  'linux-x64',
  'linux-arm64',
  'alpine-x64',
  'alpine-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
];

/** The VSIX target of the machine this runs on: `alpine-…` where the C library is musl. */
export function thisTarget(arch = process.arch) {
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${musl ? 'alpine' : process.platform}-${arch}`;
}
