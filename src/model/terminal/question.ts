/** From what a line of a terminal says to the question that its link asks. */
import type { Base, UseQuestion } from '../users';
import type { LineClaim } from './terminalLine';

/** undefined: it names nothing that could be asked about. `base`: of the terminal. */
export function questionOfClaim(claim: LineClaim, base: Base): UseQuestion | undefined {
  const { pid, path, port, host, programs, held } = claim;
  const named =
    pid === undefined
      ? undefined
      : {
          pid,
          ...(programs === undefined ? {} : { programs }),
          ...(host === undefined ? {} : { host }),
        };
  const withNamed = named === undefined ? {} : { named };
  if (path !== undefined) {
    return { kind: 'path', path, base, ...withNamed };
  }
  if (held !== undefined) {
    return { kind: 'held', ...held, base, ...withNamed };
  }
  if (port !== undefined) {
    return { kind: 'port', port };
  }
  return named === undefined ? undefined : { kind: 'pid', named };
}
