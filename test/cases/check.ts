import * as path from 'node:path';
import type { ServiceSnapshot, Snapshot } from '../../src/api';
import type { ActedCase } from './acted';
import expectations from './expect.json';

/** What must show of a case. `holder` and the like are names in the line that the case prints. */
export interface CaseExpectation {
  /** An entry of the setting, paths relative to the case's folder; absent where a preset must find it. */
  readonly service?: string | Readonly<Record<string, string>>;
  readonly presetId?: string;
  /** The workspace folder and the home of a preset's case, and the file it must find, relative to the case's folder. */
  readonly workspace?: string;
  readonly home?: string;
  readonly path?: string;
  readonly state: readonly string[];
  readonly must: readonly string[];
  readonly mustNot: readonly string[];
  /** Who holds it, exactly. */
  readonly holder?: string;
  readonly holders?: string;
  /** The roots of the instances, exactly. */
  readonly instances?: string | readonly string[];
  readonly owner?: string;
  /** Who has nothing to do with it. */
  readonly notPids?: readonly string[];
  /** What no snapshot may show. */
  readonly secret?: string;
  readonly why: string;
  readonly source: string;
}

export const CASES: readonly (readonly [string, CaseExpectation])[] = Object.entries(
  expectations as Record<string, CaseExpectation>,
);

const PATHS = ['lockFile', 'pidFile', 'logFile'];

/** The case's entry of the setting, named after the case, its paths absolute. */
export function settingOf(name: string, expected: CaseExpectation, folder: string): unknown {
  const { service } = expected;
  const entry = typeof service === 'string' ? { lockFile: service } : (service ?? {});
  return {
    name,
    ...Object.fromEntries(
      Object.entries(entry).map(([key, value]) => [
        key,
        PATHS.includes(key) ? path.join(folder, value) : value,
      ]),
    ),
  };
}

/** The case's service: by its name, or by the file that a preset must have found. */
export function serviceOf<S extends Pick<ServiceSnapshot, 'name'>>(
  services: readonly (S & { lockFiles: readonly unknown[]; pidFiles: readonly unknown[] })[],
  name: string,
  expected: CaseExpectation,
  folder: string,
): S | undefined {
  if (expected.path === undefined) return services.find((service) => service.name === name);
  const file = path.join(folder, expected.path);
  const pathOf = (one: unknown): unknown => (typeof one === 'string' ? one : (one as { path: string }).path);
  return services.find(({ lockFiles, pidFiles }) =>
    [...lockFiles, ...pidFiles].some((one) => pathOf(one) === file),
  );
}

const exactly = (pids: readonly number[]): string => [...new Set(pids)].sort((a, b) => a - b).join(' ');

/** Who holds the service's locks and, where it has none, whom its live records name. */
function holdersOf({ lockFiles, pidFiles }: ServiceSnapshot): number[] {
  const holders = lockFiles.flatMap((file) => file.holders.flatMap(({ pid }) => pid ?? []));
  if (lockFiles.length > 0) return holders;
  return pidFiles.flatMap(({ verdict, recordedPid }) => (verdict === 'live' ? (recordedPid ?? []) : []));
}

/** Where a service is not what its case expects; one sentence each, none when all is right. */
export function wrongIn(service: ServiceSnapshot, expected: CaseExpectation, acted: ActedCase): string[] {
  const wrong: string[] = [];
  const must = (right: boolean, sentence: string): void => {
    if (!right) wrong.push(sentence);
  };
  must(
    expected.state.includes(service.state),
    `state is ${service.state}, not ${expected.state.join(' or ')}`,
  );
  const kinds = new Set(service.findings.map(({ kind }) => kind));
  for (const kind of expected.must) must(kinds.has(kind), `no finding ${kind}`);
  for (const kind of expected.mustNot) must(!kinds.has(kind), `there is a finding ${kind}`);

  const compare = (
    what: string,
    is: readonly number[],
    should: string | readonly string[] | undefined,
  ): void => {
    if (should === undefined) return;
    const wanted = exactly(acted.pids(should));
    must(exactly(is) === wanted, `${what}: ${exactly(is)}, not ${wanted}`);
  };
  compare('holders', holdersOf(service), expected.holder ?? expected.holders);
  const { instances } = service;
  compare(
    'instances',
    instances.map(({ root }) => root.pid),
    expected.instances,
  );
  compare(
    'owner',
    instances.filter(({ role }) => role === 'owner').map(({ root }) => root.pid),
    expected.owner,
  );
  for (const stranger of acted.pids(expected.notPids)) {
    must(!holdersOf(service).includes(stranger), `the stranger ${stranger} is a holder`);
    const member = instances.some(({ processes }) => processes.some(({ pid }) => pid === stranger));
    must(!member, `the stranger ${stranger} is in an instance`);
  }
  return wrong;
}

/** Says that a snapshot, or whatever else is shown, holds the case's secret. */
export function secretIn(
  shown: Snapshot | ServiceSnapshot | object,
  expected: CaseExpectation,
  acted: ActedCase,
): string[] {
  if (expected.secret === undefined) return [];
  return JSON.stringify(shown).includes(acted.text(expected.secret)) ? ['the secret is shown'] : [];
}
