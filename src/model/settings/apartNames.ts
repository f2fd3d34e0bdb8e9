import type { Service } from '../service';

/** undefined: the settings of no folder name it, or a preset found it. */
const folderOf = ({ origin }: Service): string | undefined =>
  origin.kind === 'setting' ? origin.folder : undefined;

/** Services of several folders that have one name are distinguished by their folders; all others keep theirs. */
export function apartByFolder(
  services: readonly Service[],
  folderName: (path: string) => string | undefined,
): Service[] {
  const folders = new Map<string, Set<string | undefined>>();
  for (const service of services) {
    const of = folders.get(service.name) ?? new Set();
    folders.set(service.name, of.add(folderOf(service)));
  }
  return services.map((service) => {
    const { name } = service;
    const folder = folderOf(service);
    const called = folder === undefined ? undefined : folderName(folder);
    return called === undefined || folders.get(name)?.size === 1
      ? service
      : { ...service, name: `${name} (${called})` };
  });
}
