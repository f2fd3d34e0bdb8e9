/** Whether an entry of the setting means something else in each workspace folder. */
import { needsFolder } from './paths';

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function dependsOnFolder(entry: unknown, windows: boolean): boolean {
  const needs = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(needs) : typeof value === 'string' && needsFolder(value, windows);
  if (!isObject(entry)) {
    return needs(entry);
  }
  const matcher = entry['process'];
  return [
    entry['lockFile'],
    entry['pidFile'],
    entry['logFile'],
    isObject(matcher) ? matcher['cwd'] : undefined,
  ].some(needs);
}
