import type { Target } from './fuzz';
import { linuxTargets } from './linuxTargets';
import { modelTargets } from './modelTargets';
import { psTargets } from './psTargets';
import { secretsTargets } from './secretsTargets';
import { settingsTargets } from './settingsTargets';

/** Every parser of what the kernel, other programs and other people write. */
export const targets: readonly Target[] = [
  ...linuxTargets,
  ...modelTargets,
  ...secretsTargets,
  ...settingsTargets,
  ...psTargets,
];
