/** Could a live process have written a record, and what speaks for it besides its number? */
import type { FileFacts, HostFacts, ProcessFacts, ServiceFacts } from '../facts';
import { hasWords, names } from '../processes/naming';
import type { PidRecord } from './pidRecordTypes';
import { mayBeService } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { programOf, programOfArguments } from '../processes/program';
import { isTitle } from '../processes/title';
import { INTERPRETERS } from '../processes/programNames';
import { commandOf, type ProcessMatcher } from '../service';

/** Why a live process of the recorded number cannot be the writer. */
export type Contradiction =
  | 'kernelThread'
  | 'init'
  /** This extension host, or what it runs under. */
  | 'ownAncestor'
  /** It starts many unrelated things and writes no record of any of them. */
  | 'launcher'
  /** The service's `process` names another program. */
  | 'process'
  /** It runs what `process` names, in another folder than that. */
  | 'folder'
  /** The preset knows its instances, and this is none; who else writes such files, it does not know. */
  | 'preset'
  /** The tool that leaves this file runs as another program. */
  | 'program'
  /** The record says what was started, and it was something else. */
  | 'recordedProgram'
  /** The file is another user's. */
  | 'user'
  /** It lives in a PID namespace of its own, where it has another number. */
  | 'namespace';

/** What speaks for a live process besides the number, the strongest first. */
export type Fit =
  /** `process`, or the tool that leaves this file, names its program. */
  | 'named'
  /** It runs what `process` names, and its folder does not say whether it is that one. */
  | 'command'
  /** The record says what was started, and that runs. */
  | 'recordedProgram'
  | 'recordedStart'
  /** The file was written shortly after it started. */
  | 'writtenAtStart'
  /** The file lies in its working directory, or below it. */
  | 'directory'
  /** The file is called after its program. */
  | 'fileName';

const FITS: readonly (Fit | undefined)[] = [
  'named',
  'command',
  'recordedProgram',
  'recordedStart',
  'writtenAtStart',
  'directory',
  'fileName',
  undefined,
];

/** Reports whether `a` speaks for a process at least as strongly as `b`; undefined: only the number fits. */
export const isAsStrong = (a: Fit | undefined, b: Fit | undefined): boolean =>
  FITS.indexOf(a) <= FITS.indexOf(b);

/** A service writes its record while it starts: this long after its start (ms) at most. */
const WRITES_WITHIN_MS = 120_000;
/** Clocks are read at different moments, and a recorded start may be in whole seconds: ms. */
const WRITER_TOLERANCE_MS = 5_000;

const EVERYBODYS_FOLDER = /^(?:\/|\/tmp|\/root|\/(?:home|Users)\/[^/]+|[A-Za-z]:\\?)$/;

export interface Written {
  record: PidRecord;
  file: FileFacts;
}

function isNamedByProcess(process: ProcessFacts, facts: ServiceFacts, tree: ProcessTree): boolean {
  return (
    facts.matched.includes(process.pid) ||
    facts.matched.some((pid) => {
      const match = tree.get(pid);
      return match !== undefined && tree.areRelatives(match, process);
    })
  );
}

/** Do the names of a tool's programs name this process? */
export function isNamedByPrograms(process: ProcessFacts, programs: readonly string[]): boolean {
  return programs.some((name) => {
    const wanted = name.toLowerCase();
    return (
      process.comm.toLowerCase() === wanted ||
      // The interpreter itself: from version 24 on Node calls its first thread, and so the process, `MainThread`.
      programOfArguments(process.argv.slice(0, 1)).name.toLowerCase() === wanted ||
      (process.argv.length > 0 &&
        names((text) => hasWords(text.toLowerCase(), wanted), 'text', process, programOf(process)))
    );
  });
}

/** undefined: the record does not say what was started, or the process does not show what it is. */
function runsWhatIsRecorded({ argv }: PidRecord, process: ProcessFacts): boolean | undefined {
  if (argv === undefined || argv.length === 0 || process.argv.length === 0) {
    return undefined;
  }
  const [recorded, now] = [programOfArguments(argv), programOf(process)];
  // Some record sys.argv: the script comes first there.
  return recorded.name === now.name || argv.some((word) => word !== '' && process.argv.includes(word));
}

const folderOf = (path: string): string => path.slice(0, Math.max(path.search(/[\\/][^\\/]*$/), 1));
const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

const isCalledAfter = (path: string, process: ProcessFacts): boolean => {
  const { name } = programOf(process);
  const word = name.replace(/\.\w{1,5}$/, '').toLowerCase();
  return (
    word.length >= 3 &&
    path
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .includes(word)
  );
};

function isWrittenAtStart({ file }: Written, { startTime }: ProcessFacts): boolean {
  if (file.mtimeNs === undefined || startTime === undefined) {
    return false;
  }
  const after = Number(file.mtimeNs / 1_000_000n) - startTime;
  return after >= -WRITER_TOLERANCE_MS && after <= WRITES_WITHIN_MS;
}

/** Returns the strongest thing that speaks for the process besides the number; undefined: only the number fits. */
export function fitOf(
  written: Written,
  process: ProcessFacts,
  facts: ServiceFacts,
  tree: ProcessTree,
): Fit | undefined {
  const { record, file } = written;
  const { programs } = facts.service;
  if (
    (facts.service.process !== undefined && isNamedByProcess(process, facts, tree)) ||
    (programs !== undefined && isNamedByPrograms(process, programs))
  ) {
    return 'named';
  }
  if (isMisplaced(process, facts) && !showsItsFolder(process)) {
    return 'command';
  }
  if (runsWhatIsRecorded(record, process) === true) {
    return 'recordedProgram';
  }
  if (
    record.startedAt !== undefined &&
    process.startTime !== undefined &&
    Math.abs(record.startedAt - process.startTime) <= WRITER_TOLERANCE_MS
  ) {
    return 'recordedStart';
  }
  if (isWrittenAtStart(written, process)) {
    return 'writtenAtStart';
  }
  const { cwd } = process;
  const folder = folderOf(file.path);
  if (
    cwd !== undefined &&
    ((!EVERYBODYS_FOLDER.test(cwd) && isInside(folder, cwd)) ||
      (!EVERYBODYS_FOLDER.test(folder) && isInside(cwd, folder)))
  ) {
    return 'directory';
  }
  return isCalledAfter(file.path, process) ? 'fileName' : undefined;
}

const isMisplaced = ({ pid }: ProcessFacts, { misplaced }: ServiceFacts): boolean =>
  misplaced?.includes(pid) === true;

/** The folder of another user's process cannot be read, and a daemon that went to `/` (daemon(3)) works anywhere. */
const showsItsFolder = ({ cwd }: ProcessFacts): boolean => cwd !== undefined && cwd !== '/';

/** An interpreter that set a title, or was given another name, does not show which script it runs. */
function showsItsProgram(process: ProcessFacts): boolean {
  const { argv, exe } = process;
  const [first] = argv;
  if (first === undefined) {
    return false;
  }
  const runs = exe === undefined ? undefined : programOfArguments([exe]).name;
  if (runs === undefined) {
    return !isTitle(process);
  }
  return !INTERPRETERS.has(runs) || INTERPRETERS.has(programOfArguments([first]).name);
}

/** Options that the word behind them is the program of. */
const NAMES_NEXT: ReadonlySet<string> = new Set(['-m', '-jar']);

/** What was read as the script may be the value of an option that is not known, when the wanted text comes after it. */
function mayBeMisread(process: ProcessFacts, wanted: ProcessMatcher): boolean {
  const { at, scripted } = programOf(process);
  const before = process.argv[at - 1] ?? '';
  const command = commandOf(wanted);
  return (
    scripted &&
    before.startsWith('-') &&
    !NAMES_NEXT.has(before) &&
    command.kind === 'substring' &&
    hasWords(process.argv.slice(at + 1).join(' '), command.text)
  );
}

/** Reports whether the process shows what it runs, and that is nothing that `process` names. */
export function isShownOther(process: ProcessFacts, facts: ServiceFacts): boolean {
  const wanted = facts.service.process;
  return (
    wanted !== undefined &&
    !facts.matched.includes(process.pid) &&
    !isMisplaced(process, facts) &&
    showsItsProgram(process) &&
    !mayBeMisread(process, wanted)
  );
}

/** Why the process is none that `process` names; undefined: it may be one, or that is not known. */
function notExpected(
  process: ProcessFacts,
  facts: ServiceFacts,
  fit: Fit | undefined,
): Contradiction | undefined {
  const { service } = facts;
  if (service.process === undefined || fit === 'named' || fit === 'command') {
    return undefined;
  }
  if (isMisplaced(process, facts)) {
    return 'folder';
  }
  if (!showsItsProgram(process) || mayBeMisread(process, service.process)) {
    return undefined;
  }
  if (service.origin.kind === 'preset') {
    return service.programs === undefined ? 'preset' : 'program';
  }
  return 'process';
}

const canWriteAsUser = (file: FileFacts, { uid }: ProcessFacts): boolean =>
  // Root writes any file; a daemon that root starts writes its record before it becomes another user.
  uid === undefined || file.uid === undefined || uid === 0 || file.uid === 0 || uid === file.uid;

/** Returns why the process cannot have written the record; undefined: nothing contradicts. */
export function contradictionOf(
  written: Written,
  process: ProcessFacts,
  facts: ServiceFacts,
  tree: ProcessTree,
): Contradiction | undefined {
  const { record, file } = written;
  const host: HostFacts = facts.host;
  if (process.kernelThread === true) {
    return 'kernelThread';
  }
  if (!mayBeService(process, host)) {
    return 'init';
  }
  const fit = fitOf(written, process, facts, tree);
  const isNamed = fit === 'named' || fit === 'command' || fit === 'recordedProgram';
  const isCalled = isNamed || isCalledAfter(file.path, process);
  if (host.ownPids.includes(process.pid) && !isCalled) {
    return 'ownAncestor';
  }
  if (programOf(process).role === 'launcher' && !isCalled) {
    return 'launcher';
  }
  const unexpected = notExpected(process, facts, fit);
  if (unexpected !== undefined) {
    return unexpected;
  }
  const isExpected = fit === 'named' || fit === 'command';
  if (facts.service.programs !== undefined && process.argv.length > 0 && !isExpected) {
    return 'program';
  }
  if (runsWhatIsRecorded(record, process) === false) {
    return 'recordedProgram';
  }
  // Who started it as another user (`sudo -u bot bot & echo $! > bot.pid`) wrote the file then.
  const isByStarter = process.pid === record.pid && (fit === 'recordedStart' || fit === 'writtenAtStart');
  if (!canWriteAsUser(file, process) && !isByStarter) {
    return 'user';
  }
  const inner = process.nsPids?.at(-1);
  return inner !== undefined && inner !== record.pid && process.pid === record.pid ? 'namespace' : undefined;
}

/** A process that may have written a record, and what speaks for it. */
export interface Writer {
  process: ProcessFacts;
  fit: Fit | undefined;
}

/** Returns those of the processes that nothing contradicts. */
export const writersAmong = (
  processes: readonly ProcessFacts[],
  written: Written,
  facts: ServiceFacts,
  tree: ProcessTree,
): Writer[] =>
  processes
    .filter((process) => contradictionOf(written, process, facts, tree) === undefined)
    .map((process) => ({ process, fit: fitOf(written, process, facts, tree) }));
