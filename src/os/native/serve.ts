/** The native helper's own side of `helper.ts`. */
import { logToParent, serveHelper } from '../helper/serve';
import { systemName } from '../system';
import { darwinCalls } from './darwin/index';
import type { NativeQuestion, NativeReply } from './helper';
import { loadKoffi, type Koffi } from './koffi';
import { linuxCalls } from './linux/index';
import { windowsCalls } from './win32/index';

/** By name; what each is given and gives is the system's own list of calls. */
type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

/** ms between two signs of life while an answer is waited for: well below the deadline of whoever asks. */
const ALIVE_EVERY_MS = 500;

/**
 * `extensionDir`: the folder with `prebuilds/`. Nothing is loaded before the first question. `callsOf`: makes what is
 * answered; undefined: nothing can be asked.
 */
export function serveNative(
  extensionDir: string,
  callsOf: (koffi: Koffi) => Calls | undefined = callsHere,
): void {
  let opened: Calls | string | undefined;
  serveHelper(async (question, part): Promise<NativeReply> => {
    opened ??= open(extensionDir, callsOf);
    if (typeof opened === 'string') return { missing: opened };
    const { call, args } = question as NativeQuestion;
    const alive = setInterval(() => part('alive'), ALIVE_EVERY_MS);
    try {
      return { answer: await opened[call]?.(...(args as never[])) };
    } finally {
      clearInterval(alive);
    }
  });
}

/** Returns why nothing can be asked, instead. */
function open(extensionDir: string, callsOf: (koffi: Koffi) => Calls | undefined): Calls | string {
  const loaded = loadKoffi(extensionDir);
  if (!loaded.ok) return loaded.reason;
  logToParent(`koffi from ${loaded.file}`);
  try {
    return callsOf(loaded.exports) ?? `nothing is asked on ${systemName()}`;
  } catch (error) {
    return String(error);
  }
}

function callsHere(koffi: Koffi): Calls | undefined {
  switch (systemName()) {
    case 'linux':
      return { ...linuxCalls(koffi) };
    case 'darwin':
      return { ...darwinCalls(koffi) };
    case 'win32':
      return { ...windowsCalls(koffi) };
    default:
      return undefined;
  }
}
