/** Extensions of the bench's own, unpacked: what VS Code is measured with beside the monitor. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface BenchExtension {
  name: string;
  displayName?: string;
  /** JavaScript of its entry point. */
  main: string;
}

/** Returns the folder, below `base`, of an extension that starts when VS Code has. */
export function unpackedExtension(base: string, { name, displayName, main }: BenchExtension): string {
  const folder = path.join(base, `bench.${name}-1.0.0`);
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name,
    publisher: 'bench',
    version: '1.0.0',
    displayName,
    engines: { vscode: '^1.100.0' },
    main: './extension.js',
    activationEvents: ['onStartupFinished'],
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'extension.js'), main);
  return folder;
}
