/// <reference types="mocha" />
import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceSnapshot, Snapshot } from '../../../src/api';
import { STARTING_MS } from '../../../src/model/instances/rivals';
import { ActedCase, whyNoCases } from '../../cases/acted';
import { CASES, secretIn, serviceOf, settingOf, wrongIn, type CaseExpectation } from '../../cases/check';
import { activate, snapshotWhere, useServices, workspaceFolder } from '../monitor';

/**
 * Where a case is acted out: in the workspace, where presets look too. A preset that looks into the home finds what lies
 * under this host's own XDG_CACHE_HOME; a string says that this is a person's, not the test's.
 */
function folderOf(name: string, expected: CaseExpectation): { folder: string } | string {
  const { home } = expected;
  if (home === undefined || expected.path?.startsWith(`${home}/`) !== true) {
    return { folder: path.join(workspaceFolder(), name) };
  }
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const rest = path.join(path.sep, home, '.cache');
  return cache.endsWith(rest)
    ? { folder: cache.slice(0, -rest.length) }
    : `${name} needs an XDG_CACHE_HOME of its own`;
}

/** What is wrong with a case in a snapshot, and its service there. */
function look(snapshot: Snapshot, name: string, expected: CaseExpectation, acted: ActedCase) {
  const service = serviceOf(snapshot.services, name, expected, acted.folder);
  const wrong =
    service === undefined
      ? ['the service does not appear']
      : [...wrongIn(service, expected, acted), ...secretIn(snapshot, expected, acted)];
  return { service, wrong };
}

describe('public bug reports, acted out at once', function () {
  this.timeout(60_000);
  const acted = new Map<string, ActedCase | string>();
  let lastStart = 0;

  before(async function () {
    this.timeout(150_000);
    await activate();
    const whyNot = whyNoCases();
    for (const [name, expected] of CASES) {
      const place = whyNot ?? folderOf(name, expected);
      acted.set(name, typeof place === 'string' ? place : await ActedCase.start(name, place.folder));
    }
    lastStart = Date.now();
    await useServices(
      CASES.flatMap(([name, expected]) => {
        const started = acted.get(name);
        return started instanceof ActedCase && expected.service !== undefined
          ? [settingOf(name, expected, started.folder)]
          : [];
      }),
    );
  });

  after(async function () {
    this.timeout(60_000);
    for (const started of acted.values()) {
      if (started instanceof ActedCase) await started.end();
    }
    await useServices([]);
  });

  for (const [name, expected] of CASES) {
    it(`${name} (${expected.source})`, async function () {
      const started = acted.get(name);
      if (!(started instanceof ActedCase)) {
        console.log(`cannot be acted out here: ${started}`);
        this.skip();
      }
      let last: { service: ServiceSnapshot | undefined; wrong: string[] } | undefined;
      await snapshotWhere(
        (snapshot) => {
          last = look(snapshot, name, expected, started);
          return last.wrong.length === 0;
        },
        () => `${last?.wrong.join('; ')}\n${expected.why}\n${JSON.stringify(last?.service, undefined, 2)}`,
        45_000,
      );
    });
  }

  it('are all right still, together, when none of them is new any more', async function () {
    const running = CASES.flatMap(([name, expected]) => {
      const started = acted.get(name);
      return started instanceof ActedCase ? [{ name, expected, started }] : [];
    });
    if (running.length === 0) this.skip();
    const api = await activate();
    let snapshot = await api.refresh();
    while (snapshot.takenAt < lastStart + STARTING_MS) {
      await delay(50);
      snapshot = await api.refresh();
    }
    const wrong = running.flatMap(({ name, expected, started }) =>
      look(snapshot, name, expected, started).wrong.map((sentence) => `${name}: ${sentence}`),
    );
    assert.deepEqual(wrong, []);
  });
});
