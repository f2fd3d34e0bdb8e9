/**
 * The folder names that `files.exclude` and `search.exclude` switch off by name. Other patterns are left out: what they
 * exclude is walked in vain, which costs time and shows nothing wrong.
 */
export function excludedFolderNames(settings: readonly unknown[]): string[] {
  const names = settings.flatMap((setting) =>
    typeof setting === 'object' && setting !== null
      ? Object.entries(setting).flatMap(([pattern, on]: [string, unknown]) =>
          on === true ? (/^(?:\*\*\/)?([^*?{}[\]/]+)(?:\/(?:\*\*)?)?$/.exec(pattern)?.[1] ?? []) : [],
        )
      : [],
  );
  return [...new Set(names)];
}
