import type { Service } from '../service';

/** Services of several folders that have one name are distinguished by their folders; all others keep theirs. */
export function apartByFolder(
  services: readonly Service[],
  folderName: (path: string) => string | undefined,
): Service[] {
  const folders = new Map<string, Set<string>>();
  for (const { name, origin } of services) {
    const of = folders.get(name) ?? new Set();
    folders.set(name, of.add(origin.kind === 'setting' ? (origin.folder ?? '') : ''));
  }
  return services.map((service) => {
    const { name, origin } = service;
    const folder =
      origin.kind === 'setting' && origin.folder !== undefined ? folderName(origin.folder) : undefined;
    return folder === undefined || (folders.get(name)?.size ?? 0) < 2
      ? service
      : { ...service, name: `${name} (${folder})` };
  });
}
