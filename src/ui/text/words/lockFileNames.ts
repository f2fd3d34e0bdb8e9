/** Which files of a workspace look like lock or pid files. */

export const candidateGlob = '**/*{.lock,.pid,.lck,.LOCK,.PID}';

/** Files named like locks that pin the versions of dependencies and lock nothing. */
const DEPENDENCY_LOCKS = new Set([
  'yarn.lock',
  'Cargo.lock',
  'poetry.lock',
  'pdm.lock',
  'uv.lock',
  'Pipfile.lock',
  'Gemfile.lock',
  'composer.lock',
  'mix.lock',
  'flake.lock',
  'Podfile.lock',
  'pubspec.lock',
  'deno.lock',
  'bun.lock',
  'pixi.lock',
]);

export function isDependencyLock(path: string): boolean {
  return DEPENDENCY_LOCKS.has(path.split(/[\\/]/).at(-1) ?? '') || /[\\/]node_modules[\\/]/.test(path);
}
