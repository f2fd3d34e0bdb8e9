/** `instanceMonitor.services`, as written, to services; a bad entry costs that entry only. */
import * as l10n from '@vscode/l10n';
import type { Steps } from '../../common/steps';
import { parseEntry, type EntryContext } from './configEntry';
import { dependsOnFolder } from './configFolders';
import type { Folder } from './paths';
import type { Service } from '../service';
import type { ConfigContext, ConfigProblem } from './configContext';

export interface ParsedServices {
  services: Service[];
  problems: ConfigProblem[];
}

/** Equal in everything but id, name and index: watching it twice would show everything twice. */
const fingerprint = ({ lockFiles, pidFiles, process, log, ports, maxInstances }: Service): string =>
  JSON.stringify([lockFiles, pidFiles, process, log, ports, maxInstances]);

/**
 * The folders an entry is for. One that means "in the workspace folder" in settings shared by several folders is a
 * service of each of them.
 */
function foldersFor(entry: unknown, context: ConfigContext): readonly (Folder | undefined)[] {
  if (context.folder !== undefined) {
    return [context.folder];
  }
  const needed = dependsOnFolder(entry, context.platform === 'win32');
  return needed && context.folders.length > 0 ? context.folders : [undefined];
}

/** Entries that are read at once, before others may have the thread: nearly always that is all. */
export const AT_ONCE = 30;

export function* parseServices(raw: unknown, context: ConfigContext): Steps<ParsedServices> {
  if (raw === undefined || raw === null) {
    return { services: [], problems: [] };
  }
  if (!Array.isArray(raw)) {
    const message = l10n.t('{0} must be an array of paths and objects: wrap it in [ ].', context.settingName);
    return { services: [], problems: [{ index: undefined, message }] };
  }
  const services: Service[] = [];
  const problems: ConfigProblem[] = [];
  const ids = new Map<string, number>();
  const seen = new Map<string, number>();
  for (const [index, entry] of (raw as readonly unknown[]).entries()) {
    if (index >= AT_ONCE) yield;
    const folders = foldersFor(entry, context);
    for (const [turn, folder] of folders.entries()) {
      const entryContext: EntryContext = { ...context, folder, index, appendFolderName: folders.length > 1 };
      const parsed = parseEntry(entry, entryContext);
      if (turn === 0) {
        problems.push(...parsed.problems);
      }
      if (parsed.service === undefined) {
        continue;
      }
      const print = fingerprint(parsed.service);
      const first = seen.get(print);
      if (first !== undefined) {
        if (first !== index) {
          const message = l10n.t(
            '{0}[{1}] is the same as {0}[{2}] and is ignored; remove one of them.',
            context.settingName,
            index,
            first,
          );
          problems.push({ index, message });
        }
        continue;
      }
      seen.set(print, index);
      services.push({ ...parsed.service, id: uniqueId(parsed.service.id, ids) });
    }
  }
  return { services, problems };
}

/** Ids come from names, not from positions: inserting an entry must not rename those after it. */
function uniqueId(wanted: string, taken: Map<string, number>): string {
  // Goes on where the last one of this name ended: thousands of files may all be called bot.lock.
  let n = taken.get(wanted) ?? 1;
  let id = wanted;
  while (taken.has(id)) {
    n += 1;
    id = `${wanted} #${n}`;
  }
  taken.set(id, 1);
  taken.set(wanted, n);
  return id;
}
