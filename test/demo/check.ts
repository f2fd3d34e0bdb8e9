import type { CleanUpPlan, TerminationPlan } from '../../src/actions/index';
import type { ServiceSnapshot } from '../../src/api';
import type { Expectation, Pids } from './case';

const sorted = (pids: readonly (number | undefined)[]): string =>
  pids
    .map((pid) => pid ?? -1)
    .sort((a, b) => a - b)
    .join(' ');

const matches = (text: string, pattern: string | RegExp): boolean =>
  typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);

/** Everything that is said about a service in words: names, commands, messages, evidence. */
export const wordsOf = (service: ServiceSnapshot): string => JSON.stringify(service, undefined, 1);

/** Where a snapshot is not what a case expects; one sentence each, none when all is right. */
export function differences(
  service: ServiceSnapshot,
  expect: Expectation,
  pids: Pids,
  words = wordsOf(service),
): string[] {
  const found: string[] = [];
  const must = (right: boolean, sentence: string): void => {
    if (!right) {
      found.push(sentence);
    }
  };
  must(service.state === expect.state, `state is ${service.state}, not ${expect.state}`);

  const kinds = new Set(service.findings.map(({ kind }) => kind));
  for (const kind of expect.findings) {
    must(kinds.has(kind), `no finding ${kind}`);
  }
  const allowed = new Set<string>([...expect.findings, ...(expect.mayAlsoFind ?? [])]);
  for (const { kind, message } of service.findings) {
    must(allowed.has(kind), `unexpected finding ${kind}: ${message}`);
  }
  for (const pattern of expect.says(pids)) {
    must(matches(words, pattern), `nothing says ${String(pattern)}`);
  }
  for (const pattern of expect.neverSays?.(pids) ?? []) {
    must(!matches(words, pattern), `something says ${String(pattern)}`);
  }

  const { lock, record, instances, oneInstance, strangers } = expect.facts(pids);
  if (lock !== undefined) {
    const file = service.lockFiles[0];
    must(file?.held === lock.held, `held is ${file?.held}, not ${lock.held}`);
    must(lock.kind === undefined || file?.kind === lock.kind, `kind is ${file?.kind}, not ${lock.kind}`);
    must(
      lock.access === undefined || file?.access === lock.access,
      `access is ${file?.access}, not ${lock.access}`,
    );
    const holders = file?.holders ?? [];
    const compare = (what: string, is: readonly (number | undefined)[], should?: readonly number[]): void => {
      must(
        should === undefined || sorted(is) === sorted(should),
        `${what}: ${sorted(is)}, not ${sorted(should ?? [])}`,
      );
    };
    compare(
      'holders',
      holders.map(({ pid }) => pid),
      lock.holders,
    );
    compare(
      'inherited',
      holders.filter(({ inherited }) => inherited).map(({ pid }) => pid),
      lock.inherited,
    );
    compare(
      'deleted',
      holders.filter(({ deletedInode }) => deletedInode).map(({ pid }) => pid),
      lock.deleted,
    );
    compare(
      'waiters',
      (file?.waiters ?? []).map(({ pid }) => pid),
      lock.waiters,
    );
  }
  if (record !== undefined) {
    const file = service.pidFiles[0];
    must(file?.verdict === record.verdict, `verdict is ${file?.verdict}, not ${record.verdict}`);
    must(
      record.pid === undefined || file?.recordedPid === record.pid,
      `recorded pid is ${file?.recordedPid}`,
    );
  }
  if (instances !== undefined) {
    must(service.instances.length === instances, `${service.instances.length} instances, not ${instances}`);
  }
  if (oneInstance !== undefined) {
    const together = service.instances.some(({ processes }) =>
      oneInstance.every((pid) => processes.some((process) => process.pid === pid)),
    );
    must(together, `${oneInstance.join(', ')} are not one instance`);
  }
  for (const stranger of strangers ?? []) {
    const offered = service.instances.some(({ processes }) => processes.some(({ pid }) => pid === stranger));
    must(!offered, `the stranger ${stranger} is in an instance`);
  }
  return found;
}

/** Where the plans of the actions are not what a case expects; one sentence each, none when all is right. */
export function planDifferences(
  kill: TerminationPlan,
  cleanUp: CleanUpPlan,
  expect: Expectation,
  pids: Pids,
): string[] {
  const found: string[] = [];
  const compare = (what: string, is: string | number, should: string | number | undefined): void => {
    if (should !== undefined && is !== should) found.push(`${what}: ${is}, not ${should}`);
  };
  const plans = expect.plans?.(pids);
  const isTicked = ({ preselected }: { preselected: boolean }): boolean => preselected;
  const roots = (candidates: TerminationPlan['candidates']): string =>
    sorted(candidates.map(({ root }) => root.pid));
  compare('listed to end', roots(kill.candidates), plans && sorted(plans.kill.listed));
  compare(
    'preselected to end',
    roots(kill.candidates.filter(isTicked)),
    plans && sorted(plans.kill.preselected),
  );
  compare('records offered', cleanUp.items.length, plans?.cleanUp.offered);
  compare('records preselected', cleanUp.items.filter(isTicked).length, plans?.cleanUp.preselected);
  compare('records kept', cleanUp.refused.length, plans?.cleanUp.kept);

  const signalled = kill.candidates.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  for (const stranger of expect.facts(pids).strangers ?? []) {
    if (signalled.includes(stranger)) found.push(`the stranger ${stranger} would be ended`);
  }
  return found;
}
