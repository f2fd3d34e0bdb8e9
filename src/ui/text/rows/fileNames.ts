/** How the rows below a service name its files: each by its name alone where no other has that name. */
import type { ServiceSnapshot } from '../../../api';
import { fileBefore, splitPath } from './narrow';

/** `path`: whole; `shown`: as a row shows it; `lead`: what must be in sight behind it. `rest`: what the label leaves out. */
export type FileName = (path: string, shown: string, lead: string) => { label: string; rest: string };

export function fileNamesOf({ lockFiles, pidFiles }: ServiceSnapshot): FileName {
  const counts = new Map<string, number>();
  // One file may be both.
  for (const path of new Set([...lockFiles, ...pidFiles].map((each) => each.path))) {
    const { file } = splitPath(path);
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  const isAlone = (path: string): boolean => counts.get(splitPath(path).file) === 1;
  return (path, shown, lead) => (isAlone(path) ? fileBefore(shown, lead) : { label: shown, rest: '' });
}
