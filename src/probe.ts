/** The active probe's own process: a file system that does not answer, or a crash of native code, costs an answer only. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logToParent, serveHelper } from './os/helper/serve';
import { createActiveProbe } from './os/probe/index';
import type { ProbeQuestion, ProbeReply } from './os/probe/probeProcess';

const extensionDir = join(dirname(fileURLToPath(import.meta.url)), '..');
const probe = createActiveProbe(extensionDir, logToParent);
serveHelper((question): ProbeReply => {
  const { path, isPassive } = question as ProbeQuestion;
  const { answer } = probe.probe(path, isPassive);
  return { answer, isPossible: probe.source !== 'none' };
});
