/** Which records of some services may be offered, each with the exact generation that was judged. */
import * as l10n from '@vscode/l10n';
import { factLines } from '../../model/evidenceLine';
import { isProblem, readGeneration, sameGeneration, type RecordGeneration } from '../../os/recordGeneration';
import { hardLinked } from '../../os/removal/obstacle';
import type { InspectedService } from '../deps';
import type { Inspections } from '../inspections';
import { keptByFolder, keptByOwnFolder, lockFolders } from './lockDirectory';
import type { CleanUpItem, CleanUpRefusal } from './plan';
import type { StaleRecord } from './records';
import { obstacleReason } from './sentences';
import { staleRecords } from './stale';

interface JudgeDeps {
  inspections: Inspections;
}

export interface Judged {
  item: CleanUpItem;
  generation: RecordGeneration;
  /** Every service that has this path: a lock of any of them protects it. */
  serviceIds: readonly string[];
}

/** By one service. */
type JudgedHere = Omit<Judged, 'serviceIds'>;

/** Judges the records of all these services together: one service's objection protects a record. */
export async function judge(
  deps: JudgeDeps,
  serviceIds: readonly string[],
): Promise<{ judged: Judged[]; refused: CleanUpRefusal[] }> {
  const found = new Map<string, Judged>();
  const refused = new Map<string, CleanUpRefusal>();
  const folders: string[] = [];
  for (const serviceId of serviceIds) {
    const { judged, kept, folders: own } = await judgeService(deps, serviceId);
    folders.push(...own);
    for (const one of judged) {
      const known = found.get(one.item.path);
      // Where two services judge it by different proofs, the weaker counts.
      const shown = known === undefined || one.item.proof === 'plausible' ? one : known;
      found.set(one.item.path, { ...shown, serviceIds: [...(known?.serviceIds ?? []), serviceId] });
    }
    for (const one of kept) refused.set(one.path, one);
  }
  for (const { item } of found.values()) {
    const { serviceId, serviceName, path } = item;
    const reason = keptByFolder(path, folders);
    if (reason !== undefined) refused.set(path, { serviceId, serviceName, path, reason });
  }
  // Whatever the others think of it.
  for (const path of refused.keys()) found.delete(path);
  return { judged: [...found.values()], refused: [...refused.values()] };
}

/**
 * The bytes are read before and after the inspection: equal, they are what the inspection judged. undefined generation
 * means that it changes under our eyes, so it is not stale.
 */
async function judgeService(
  deps: JudgeDeps,
  serviceId: string,
): Promise<{ judged: JudgedHere[]; kept: CleanUpRefusal[]; folders: readonly string[] }> {
  const first = await deps.inspections.fresh(serviceId);
  const candidates = first === undefined ? [] : staleRecords(first).stale;
  const before = new Map(candidates.map((one) => [one.path, readGeneration(one.path, limitFor(one))]));
  const second = candidates.length === 0 ? first : await deps.inspections.fresh(serviceId);
  if (second === undefined) {
    return { judged: [], kept: [], folders: [] };
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
  return { judged, kept: refusals, folders: lockFolders(second.facts) };
}

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
