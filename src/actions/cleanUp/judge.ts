/** Which records of some services may be offered, each with the exact generation that was judged. */
import * as l10n from '@vscode/l10n';
import { factLines } from '../../model/evidenceLine';
import type { ServiceFacts } from '../../model/facts';
import { isProblem, readGeneration, sameGeneration, type RecordGeneration } from '../../os/recordGeneration';
import { hardLinked } from '../../os/removal/obstacle';
import type { InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { keptByFolder, keptByOwnFolder, lockFolders } from './lockDirectory';
import type { CleanUpItem, CleanUpRefusal } from './plan';
import type { StaleRecord } from './records';
import { obstacleReason } from './sentences';
import { refusalFor, staleRecords } from './stale';

interface JudgeDeps {
  inspections: Inspections;
}

export interface Judged {
  item: CleanUpItem;
  generation: RecordGeneration;
  /** As each service has it that names this file, by this path or another: a lock of any of them protects it. */
  seenAs: readonly CleanUpItem[];
  /** Where those have it that name it and do not offer it: their locks protect it as well. */
  alsoAt: readonly { serviceId: string; path: string }[];
}

/** By one service. */
type JudgedHere = Omit<Judged, 'seenAs' | 'alsoAt'>;
/** By all that offer it. */
type JudgedByAll = Omit<Judged, 'alsoAt'>;

/** What one service says. */
interface Said {
  judged: JudgedHere[];
  kept: CleanUpRefusal[];
  folders: readonly string[];
  /** Why none of its files may be removed, whoever else names them. */
  objection?: Omit<CleanUpRefusal, 'path'>;
  /** Which file is at which of its paths. */
  files: ReadonlyMap<string, string>;
  sharedWith: readonly string[];
}

const keyOf = (dev: bigint, ino: bigint): string => `${BigInt.asUintN(64, dev)}:${BigInt.asUintN(64, ino)}`;
const fileOf = ({ dev, ino }: RecordGeneration): string => keyOf(dev, ino);

/**
 * Judges the records of all these services together, and asks those that name the same files: one service's objection
 * protects a record, by whatever path it is named.
 */
export async function judge(
  deps: JudgeDeps,
  serviceIds: readonly string[],
): Promise<{ judged: Judged[]; refused: CleanUpRefusal[] }> {
  const asked = await askAll(deps, serviceIds);
  const found = new Map<string, JudgedByAll>();
  for (const [serviceId, { judged }] of asked) {
    for (const one of judged) {
      const file = fileOf(one.generation);
      const known = found.get(file);
      // What was not asked for is not offered, whatever its service thinks of it.
      if (known !== undefined || serviceIds.includes(serviceId)) found.set(file, weaker(known, one));
    }
  }
  const refused = new Map<string, CleanUpRefusal>();
  const refuse = (file: string | undefined, refusal: CleanUpRefusal, isAsked: boolean): void => {
    const offered = file === undefined ? undefined : found.get(file);
    if (file !== undefined) found.delete(file);
    if (isAsked || offered !== undefined) refused.set(refusal.path, refusal);
  };
  const folders = [...asked.values()].flatMap((said) => said.folders);
  for (const [file, { item }] of found) {
    const { serviceId, serviceName, path } = item;
    const reason = keptByFolder(path, folders);
    if (reason !== undefined) refuse(file, { serviceId, serviceName, path, reason }, true);
  }
  // Whatever the others think of it.
  for (const [serviceId, { kept, files, objection }] of asked) {
    for (const one of kept) refuse(files.get(one.path), one, serviceIds.includes(serviceId));
    if (objection === undefined) continue;
    for (const [path, file] of files) if (found.has(file)) refuse(file, { ...objection, path }, true);
  }
  const judged = [...found]
    .filter(([, { item }]) => !refused.has(item.path))
    .map(([file, one]): Judged => ({ ...one, alsoAt: placesOf(file, one, asked) }));
  return { judged, refused: [...refused.values()] };
}

function placesOf(file: string, { seenAs }: JudgedByAll, asked: ReadonlyMap<string, Said>): Judged['alsoAt'] {
  return [...asked]
    .filter(([serviceId]) => seenAs.every((item) => item.serviceId !== serviceId))
    .flatMap(([serviceId, { files }]) =>
      [...files].filter(([, one]) => one === file).map(([path]) => ({ serviceId, path })),
    );
}

/** Asks these services, and all that name one of their files. */
async function askAll(deps: JudgeDeps, serviceIds: readonly string[]): Promise<ReadonlyMap<string, Said>> {
  const asked = new Map<string, Said>();
  const ids = [...serviceIds];
  for (const id of ids) {
    if (asked.has(id)) continue;
    const said = await judgeService(deps, id);
    asked.set(id, said);
    // Those that share a file with one that was only asked along have no say.
    if (serviceIds.includes(id)) ids.push(...said.sharedWith);
  }
  return asked;
}

/** Where two services judge it by different proofs, the weaker counts. */
function weaker(known: JudgedByAll | undefined, one: JudgedHere): JudgedByAll {
  const { item } = one;
  if (known === undefined) return { ...one, seenAs: [item] };
  const seenAs = [...known.seenAs, item];
  if (item.proof !== 'plausible') return { ...known, seenAs };
  if (item.path === known.item.path) return { ...one, seenAs };
  const { proof, preselected, evidence } = item;
  return { ...known, item: { ...known.item, proof, preselected, evidence }, seenAs };
}

/**
 * The bytes are read before and after the inspection: equal, they are what the inspection judged. undefined generation
 * means that it changes under our eyes, so it is not stale.
 */
async function judgeService(deps: JudgeDeps, serviceId: string): Promise<Said> {
  const first = await deps.inspections.fresh(serviceId);
  const candidates = first === undefined ? [] : staleRecords(first).stale;
  const before = new Map(candidates.map((one) => [one.path, readGeneration(one.path, limitFor(one))]));
  const second = candidates.length === 0 ? first : await deps.inspections.fresh(serviceId);
  if (second === undefined) {
    return { judged: [], kept: [], folders: [], files: new Map(), sharedWith: [] };
  }
  const { stale, kept } = staleRecords(second);
  const service = { serviceId, serviceName: second.snapshot.name };
  const judged: JudgedHere[] = [];
  const refusals: CleanUpRefusal[] = kept.map((one) => ({ ...service, ...one }));
  for (const record of stale) {
    const { path } = record;
    const [was, is] = [before.get(path), readGeneration(path, limitFor(record))];
    const refusal = isProblem(is) ? cannotBeRead(is.problem, record) : cannotBeRestored(record, is);
    if (refusal !== undefined) {
      refusals.push({ ...service, path, reason: refusal });
    } else if (was !== undefined && !isProblem(was) && !isProblem(is) && sameGeneration(was, is)) {
      judged.push({ item: itemFor(service, record, is), generation: is });
    } else {
      refusals.push({ ...service, path, reason: l10n.t('It is being written right now.') });
    }
  }
  const reason = refusalFor(second);
  return {
    judged,
    kept: refusals,
    folders: lockFolders(second.facts),
    ...(reason === undefined ? {} : { objection: { ...service, reason } }),
    files: filesOf(second.facts),
    sharedWith: second.facts.sharedWith ?? [],
  };
}

const filesOf = ({ lockFiles, pidFiles }: ServiceFacts): Map<string, string> =>
  new Map(
    [...lockFiles, ...pidFiles].flatMap(({ file: { path, id } }) =>
      id === undefined ? [] : [[path, keyOf(BigInt(id.dev), BigInt(id.ino))]],
    ),
  );

function itemFor(
  service: { serviceId: string; serviceName: string },
  { path, recordedPid, verdict, proof, why, evidence }: StaleRecord,
  generation: RecordGeneration,
): CleanUpItem {
  return {
    id: `${service.serviceId}\0${path}`,
    ...service,
    path,
    kind: generation.kind,
    ...(recordedPid === undefined ? {} : { recordedPid }),
    verdict,
    why,
    evidence: [...evidence, ...factLines(...limitsOfUndo(generation))],
    proof,
    preselected: proof === 'proven',
  };
}

/** What Undo does not bring back. */
function limitsOfUndo({ kind, uid }: RecordGeneration): string[] {
  const own = process.geteuid?.();
  return [
    ...(kind === 'file'
      ? [
          l10n.t(
            'Undo writes a new file with the same content, mode, owner and time. It does not restore an access list (ACL), extended attributes or a security label.',
          ),
        ]
      : []),
    ...(own === undefined || own === 0 || own === uid
      ? []
      : [l10n.t('It belongs to another user (uid {0}). Undo would restore it as yours.', uid)]),
  ];
}

/** The link was judged, or what it leads to? Only the thing that was judged may be removed. */
function wrongKind({ status }: StaleRecord, { kind }: RecordGeneration): string | undefined {
  if (kind === status) {
    return undefined;
  }
  return kind === 'symlink'
    ? l10n.t('It is a symbolic link to a record elsewhere; a removal never follows links.')
    : l10n.t('It is being replaced right now.');
}

function cannotBeRestored(record: StaleRecord, generation: RecordGeneration): string | undefined {
  const linked = hardLinked(generation);
  const folder = keptByOwnFolder(record);
  return (
    wrongKind(record, generation) ?? folder ?? (linked === undefined ? undefined : obstacleReason(linked))
  );
}

/** What a lock of git holds is what Undo restores: an index of a few hundred thousand files. */
const LEFT_OVER_LIMIT = 64 * 1024 * 1024;

const limitFor = ({ verdict }: StaleRecord): number | undefined =>
  verdict === 'leftOver' ? LEFT_OVER_LIMIT : undefined;

function cannotBeRead(problem: string, { verdict }: StaleRecord): string | undefined {
  switch (problem) {
    case 'notEmpty':
      return l10n.t('The lock directory is not empty; only an empty one is ever removed.');
    case 'tooLarge':
      return verdict === 'leftOver'
        ? l10n.t('It is too large to be kept for Undo; remove it by hand.')
        : l10n.t('It is too large to be a pid record.');
    case 'absent':
      return l10n.t('It has just disappeared.');
    default:
      return l10n.t('It cannot be read.');
  }
}

/** Returns why a record that was chosen is kept after all. */
export function keptNow(inspected: InspectedService, item: CleanUpItem): string | undefined {
  const { stale, kept } = staleRecords(inspected);
  const isAsChosen = ({ path, recordedPid, proof }: StaleRecord): boolean =>
    path === item.path && recordedPid === item.recordedPid && (proof === 'proven' || proof === item.proof);
  if (stale.some(isAsChosen)) {
    return undefined;
  }
  return kept.find(({ path }) => path === item.path)?.reason ?? l10n.t('It is no longer stale.');
}

/** Returns why a service keeps a file that it names and does not offer, whoever else offers it. */
export function objectionNow(inspected: InspectedService, path: string): string | undefined {
  const { kept } = staleRecords(inspected);
  return kept.find((one) => one.path === path)?.reason ?? refusalFor(inspected);
}
