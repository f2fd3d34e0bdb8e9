/** Whether two snapshots of a service differ, as far as the user could see it. */
import type { ServiceSnapshot } from '../api';

/** Structural equality of plain data; a key whose value is undefined equals an absent one. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) {
    return true;
  }
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  ) {
    return false;
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((item, i) => equal(item, b[i]))
    : [...new Set([...Object.keys(x), ...Object.keys(y)])].every((key) => equal(x[key], y[key]));
}

/** Reports whether nothing that the user could see differs. */
export function sameService(a: ServiceSnapshot, b: ServiceSnapshot): boolean {
  return equal(a, b);
}
