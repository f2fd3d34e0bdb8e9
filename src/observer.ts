/** The worker thread: everything that reads the operating system happens here, off the extension host's event loop. */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createBirpc } from 'birpc';
import { once } from './common/once';
import { actionsOnDemand } from './monitor/actionsOnDemand';
import { NumberedLocks } from './monitor/heldLockList';
import { HistoryFiles } from './monitor/historyFiles';
import { lockSubject, type MainFunctions, type ObserverData, type WorkerFunctions } from './monitor/protocol';
import { lookupsOnDemand } from './monitor/lookupsOnDemand';
import { PresetWatch } from './monitor/presetWatch';
import { Watch } from './monitor/watch';
import { started, useHeartbeat } from './os/heartbeat';
import { createApart, nothingWatched } from './os/apartHere';
import { lazyRegexEngine } from './os/lazyRegex';
import { ProbeProcess } from './os/probe/probeProcess';
import { platformName } from './os/system';

const port = parentPort;
if (port === null) {
  throw new Error('observer.js runs only as a worker thread');
}
const { l10nContents, historyFolder, cleanUpFolder, heartbeat, suspects } = workerData as ObserverData;
useHeartbeat(heartbeat);
if (l10nContents !== undefined) {
  l10n.config({ contents: l10nContents });
}

const programAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const log = (level: 'info' | 'warn', message: string): void => void main.onLog.asEvent(level, message);
const now = (): number => performance.now();
const apart = createApart({
  program: programAt('apart.js'),
  suspects,
  log,
  // Read at once, before there is someone to say it to.
  onMounts: (mounts) => queueMicrotask(() => void main.onMounts.asEvent(mounts)),
});

/** Loads what observes, once. */
const observing = once(async () => {
  const { createObserving } = await import('./monitor/observing');
  return createObserving({
    regexEngine: lazyRegexEngine,
    apart,
    native: { program: programAt('native.js'), log },
  });
});
const probes = new ProbeProcess(programAt('probe.js'), log);
const watch: Watch = new Watch({
  platform: platformName(),
  observing: observing.load,
  nothingWatched: nothingWatched(apart),
  main: {
    onDelta: (delta) => (delta.last ? main.onDelta.asEvent(delta) : main.onDelta(delta)),
    onStatus: (status) => void main.onStatus.asEvent(status),
    onLog: (level, message) => void main.onLog.asEvent(level, message),
  },
  abort: (error) => {
    setImmediate(() => {
      throw error; // ends this thread; the main thread starts another
    });
  },
  probe: (path, isPassive) => probes.probe(path, isPassive),
  presets: new PresetWatch({
    now,
    home: homedir(),
    env: { ...process.env, UID: process.getuid?.().toString() },
    platform: platformName(),
    search: apart.searchPresets.bind(apart),
  }),
  now,
});
const histories = new HistoryFiles(historyFolder);
const heldLocks = new NumberedLocks();
const actions = actionsOnDemand(async () => {
  const [module, { platform }] = await Promise.all([import('./actions/index'), observing.load()]);
  return new module.Actions({
    inspect: (serviceId) => watch.inspect(serviceId),
    platform,
    peer: {
      onActionLog: (text) => void main.onActionLog.asEvent(text),
      onActionProgress: (planId, sentence) => void main.onActionProgress.asEvent(planId, sentence),
      onActionEnded: (planId, sentence) => void main.onActionEnded.asEvent(planId, sentence),
      askForce: (planId, question) => main.askForce(planId, question),
      onRecovery: (sentence, isComplete) => void main.onRecovery.asEvent(sentence, isComplete),
    },
    now,
    cleanUpFolder,
  });
});

const lookups = lookupsOnDemand({
  watch,
  platform: async () => (await observing.load()).platform,
  onProgress: (id, done, all) => void main.onLookupProgress.asEvent(id, done, all),
});

/** Returns methods of an object as functions that are not called on it. */
function methodsOf<T extends object, Name extends keyof T>(object: T, ...names: Name[]): Pick<T, Name> {
  const bound = names.map((name) => [name, (object[name] as (...args: never[]) => unknown).bind(object)]);
  return Object.fromEntries(bound) as Pick<T, Name>;
}

const main = createBirpc<MainFunctions, WorkerFunctions>(
  {
    ...methodsOf(watch, 'configure', 'refresh', 'setPaused', 'setWatched'),
    ...methodsOf(watch, 'inspect', 'heldLockCount', 'locksOf'),
    heldLocksSince: async (under, known) => heldLocks.since(known, await watch.heldLocks(under)),
    heldLocksAfter: (from) => heldLocks.after(from),
    propose: async (path) => {
      const loaded = await observing.load();
      return loaded.propose(await watch.inspect(lockSubject(path)));
    },
    liveRecords: async (paths) => (await observing.load()).liveRecords(paths),
    ...actions,
    ...lookups,
    ...methodsOf(
      histories,
      'readHistory',
      'writeHistory',
      'historyNames',
      'readNamedHistory',
      'pruneHistories',
    ),
    endHelpers: async () => {
      const platform = (await observing.loaded?.catch(() => undefined))?.platform;
      await Promise.all([probes.close(), apart.close(), platform?.closeNative?.()]);
    },
  },
  {
    post: (data) => port.postMessage(data),
    on: (listener) => port.on('message', listener),
    timeout: -1, // ending a process may take its whole grace period
  },
);

/** Nearly always there is nothing, and nothing is loaded for it. */
async function recoverInterrupted(): Promise<void> {
  const names = await readdir(cleanUpFolder).catch(() => []);
  if (names.length > 0) await actions.recover();
}
recoverInterrupted().catch((error: unknown) => void main.onLog.asEvent('error', String(error)));
started();
