/** Steps of CONTRIBUTING.md that no compiler asks for: what is added is tried, acted out and told apart. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../../src/api';
import type { SupervisorKind } from '../../../src/model/facts';
import { FINDINGS } from '../../../src/model/findings/index';
import { programOf } from '../../../src/model/processes/program';
import { supervisorOf, type SupervisorClues } from '../../../src/os/supervisor';
import { serviceText } from '../../../src/ui/text/rows/serviceText';
import { proc } from '../model/build';
import { finding, NOW, service } from '../ui/snapshots';
import { ROOT } from './source';

const KINDS = Object.keys(FINDINGS) as FindingKind[];

/** Returns the files of a folder whose names match, each with its text. */
const filesOf = (folder: string, names: RegExp): { name: string; text: string }[] =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => names.test(name))
    .map((name) => ({ name, text: fs.readFileSync(path.join(ROOT, folder, name), 'utf8') }));

describe('a finding', () => {
  /** Why no scene of the demo has it. */
  const NOT_ACTED: Partial<Record<FindingKind, string>> = {
    startingInstance: 'the scenes are looked at when its first seconds are over',
    filesLeftOut: 'a scene with thousands of files says nothing else; presetWatch and glob tests have them',
    pidMismatch: 'only unit tests have it',
  };

  it('is in a unit test of the model', () => {
    const tests = filesOf('test/unit/model', /\.test\.ts$/);
    const isTried = (kind: string): boolean => tests.some(({ text }) => text.includes(`'${kind}'`));
    expect(KINDS.filter((kind) => !isTried(kind))).toEqual([]);
  });

  it('is acted out in a scene of the demo, or it says here why not', () => {
    const scenes = filesOf('test/demo', /^(?:cases|extras|bystanders)\.ts$/);
    const expected = scenes
      .flatMap(({ text }) => [...text.matchAll(/\bfindings: \[([^\]]*)\]/g)].map(([, kinds]) => kinds))
      .join();
    const missing = KINDS.filter((kind) => !expected.includes(`'${kind}'`));
    expect(missing.sort()).toEqual(Object.keys(NOT_ACTED).sort());
  });

  it('that is a conflict is not said to be reported in the log, unless it is', () => {
    const conflicts = filesOf('src/model/findings', /\.ts$/)
      .filter(({ text }) => text.includes("'conflict'"))
      .map(({ name }) => name.replace('.ts', ''));
    expect(conflicts).toContain('duplicateInstances');
    const row = (kind: string): string =>
      serviceText(service({ state: 'conflict', findings: [finding(kind, 'conflict')] }), NOW).description;
    const byLog = row('conflictInLog');
    expect(conflicts.filter((kind) => row(kind) === byLog)).toEqual(['conflictInLog']);
  });
});

describe('a supervisor', () => {
  const above = (argv: readonly string[], comm = ''): SupervisorClues => ({
    ancestors: [{ pid: 100, comm, argv }],
    env: () => undefined,
  });
  const container = (kind: 'docker' | 'podman' | 'kubernetes'): SupervisorClues => ({
    ancestors: [],
    container: { kind, id: 'ab12' },
    env: () => undefined,
  });
  /** A kind without a row does not compile. */
  const SEEN: Record<SupervisorKind, SupervisorClues> = {
    systemd: { ancestors: [], unit: 'bot.service', env: () => undefined },
    pm2: above(['PM2 v5.3.0: God Daemon (/root/.pm2)']),
    supervisord: above(['/usr/bin/python3', '/usr/bin/supervisord', '-n']),
    docker: container('docker'),
    podman: container('podman'),
    kubernetes: container('kubernetes'),
    tmux: above(['tmux', 'new'], 'tmux: server'),
    screen: above(['SCREEN', '-S', 'bot'], 'screen'),
    cron: above(['/usr/sbin/cron', '-f'], 'cron'),
    vscode: above(['/usr/share/code/code']),
    nodemon: above(['node', '/usr/bin/nodemon', 'app.js']),
  };

  it.each(Object.entries(SEEN))('is told: %s', (kind, clues) => {
    expect(supervisorOf(clues)?.kind).toBe(kind);
  });

  it.each(
    Object.entries(SEEN).flatMap(([kind, { ancestors }]) => ancestors.map((one) => [kind, one] as const)),
  )('is no instance with what it has started: %s', (_, { argv, comm }) => {
    const { role } = programOf(proc(100, argv, comm === '' ? {} : { comm }));
    expect(['launcher', 'wrapper']).toContain(role);
  });
});
