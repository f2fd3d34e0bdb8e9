import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { Service } from '../../src/model/service';
import { binaryFiles } from '../../src/os/native/binary';
import { actorPath } from '../fixtures/actors';
import { buildDist, type Built } from '../fixtures/dist';
import { service } from '../fixtures/observe';
import { childrenOf } from '../fixtures/proc';
import { outside, observeAs, startInside, whyNot, type Observed } from './osOutside';

const root = path.resolve(import.meta.dirname, '../..');
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

const holders = ({ facts }: Observed): (number | undefined)[] =>
  facts.lockFiles[0]?.locks.flatMap((lock) => lock.holders.map(({ process }) => process.pid)) ?? [];

describe.runIf(process.platform === 'linux')('where the lock table does not tell all', () => {
  const rig = outside({ isOpen: true });

  const lockFile = (path: string): Service => service('a', { lockFiles: [path] });

  const observeInside = (
    flags: readonly string[],
    script: string,
    watched: Service,
    roles: readonly string[],
    become = '',
  ) => startInside({ ...rig, flags, script, watched, roles, become });

  const mountFlags = ['--user', '--map-root-user', '--mount'];
  const noMounts = whyNot(...mountFlags);

  describe.skipIf(noMounts !== undefined)('file systems of a mount namespace', () => {
    const flags = mountFlags;
    const overlay = `
      mkdir -p "$D/lower" "$D/m"; echo lower > "$D/lower/below.lock"
      mount -t tmpfs t "$D/m"; mkdir "$D/m/upper" "$D/m/work" "$D/m/all"
      mount -t overlay overlay -o "lowerdir=$D/lower,upperdir=$D/m/upper,workdir=$D/m/work" "$D/m/all"`;

    it.each([
      ['tmpfs', 'mkdir "$D/m"; mount -t tmpfs t "$D/m"; $HOLD --file "$D/m/a.lock" &', 'm/a.lock'],
      [
        'a bind mount, locked by the other path',
        'mkdir "$D/m" "$D/x"; mount --bind "$D/x" "$D/m"; $HOLD --file "$D/x/a.lock" &',
        'm/a.lock',
      ],
      [
        'overlay over two file systems, a file of the upper',
        `${overlay}; $HOLD --file "$D/m/all/a.lock" &`,
        'm/all/a.lock',
      ],
      [
        'overlay over two file systems, a file of the lower',
        `${overlay}; $HOLD --file "$D/m/all/below.lock" --open r &`,
        'm/all/below.lock',
      ],
    ])('finds the holder on %s', async (_, script, path) => {
      const { actor, observer } = await observeInside(flags, script, lockFile(rig.stage.path(path)), [
        'holder',
      ]);
      const seen = await observer.tick();
      expect(holders(seen)).toEqual([actor.pidOf('holder')]);
      expect(seen.state).toBe('held');
      await observer.close();
    });

    it('finds both inodes of a path on overlay whose file was deleted under its holder', async () => {
      const script = `${overlay}
        mkfifo "$D/go"; { read go < "$D/go"; rm "$D/m/all/a.lock"; $HOLD --file "$D/m/all/a.lock" --role second; } &
        { $HOLD --file "$D/m/all/a.lock" --role first; } &`;
      const { actor, observer } = await observeInside(
        flags,
        script,
        lockFile(rig.stage.path('m/all/a.lock')),
        ['first'],
      );
      fs.writeFileSync(rig.stage.path('go'), 'go\n');
      await actor.waitForRole('second');
      const seen = await observer.tick();
      const byPid = seen.facts.lockFiles[0]?.locks.map((lock) => [
        lock.holders[0]?.process.pid,
        lock.deletedInode,
      ]);
      expect(new Map(byPid as [number, boolean][])).toEqual(
        new Map([
          [actor.pidOf('second'), false],
          [actor.pidOf('first'), true],
        ]),
      );
      expect(seen.state).toBe('conflict');
      await observer.close();
    });
  });

  describe('inside a nested PID namespace, as in a container', () => {
    const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

    it('a lock held outside is unknown, not free', async (context) => {
      const why = whyNot(...flags);
      if (why !== undefined) context.skip(why);
      await rig.stage.start('holder', ['--file', rig.stage.path('a.lock')]);
      const { observer } = await observeInside(flags, '', lockFile(rig.stage.path('a.lock')), []);
      const { facts, state } = await observer.tick();
      expect(facts.host.nestedPidNamespace).toBe(true);
      expect(facts.lockFiles[0]).toMatchObject({
        locks: [],
        certainty: 'unknown',
        uncertainBecause: 'outsideNamespace',
      });
      expect(state).toBe('unverified');
      await observer.close();
    });

    it('an OFD lock held outside is seen, its holder is not', async (context) => {
      const why = whyNot(...flags);
      if (why !== undefined) context.skip(why);
      await rig.stage.start('holder', ['--file', rig.stage.path('a.lock'), '--kind', 'ofd']);
      const { observer } = await observeInside(flags, '', lockFile(rig.stage.path('a.lock')), []);
      const { facts } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        { kind: 'ofd', holders: [], unknown: 'outsideNamespace' },
      ]);
      await observer.close();
    });

    it('a lock held inside has its holder, with the pid that it has inside', async (context) => {
      const why = whyNot(...flags);
      if (why !== undefined) context.skip(why);
      const { actor, observer } = await observeInside(
        flags,
        '$HOLD --file "$D/a.lock" &',
        lockFile(rig.stage.path('a.lock')),
        ['holder'],
      );
      const { facts, state } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        {
          taker: actor.pidOf('holder'),
          holders: [{ process: { pid: actor.pidOf('holder') }, proven: true }],
        },
      ]);
      expect(state).toBe('held');
      await observer.close();
    });

    it('a lock that outlived its taker inside is found in its holder’s descriptors, and gone with it', async (context) => {
      const why = whyNot(...flags);
      if (why !== undefined) context.skip(why);
      const heir = actorPath('heir');
      const { actor, observer } = await observeInside(
        flags,
        // flock(1) takes it for descriptor 9 and exits; the heir has the descriptor.
        `exec 9>"$D/a.lock"; flock -n 9; "$NODE" ${heir} & exec 9>&-`,
        lockFile(rig.stage.path('a.lock')),
        ['heir'],
      );
      const first = await observer.tick();
      expect(holders(first)).toEqual([actor.pidOf('heir')]);
      expect(first.state).toBe('held');
      const [inner] = childrenOf(actor.pid);
      const outer = childrenOf(inner ?? 0).find((pid) =>
        fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('heir.cjs'),
      );
      await rig.stage.killHard(outer ?? 0);
      let now = await observer.tick();
      for (let tick = 0; tick < 20 && holders(now).length > 0; tick++) now = await observer.tick();
      expect(holders(now)).toEqual([]);
      await observer.close();
    });
  });

  describe('inside a nested PID namespace, asked by the probe’s own process', () => {
    const flags = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
    let built: Built;
    beforeAll(() => {
      built = buildDist();
    });
    afterAll(() => built.remove());
    const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));

    const observeFromInside = async (context: TestContext, holder?: readonly string[]) => {
      const why = hasKoffi ? whyNot(...flags) : 'koffi is not here: npm run build:native';
      if (why !== undefined) context.skip(why);
      const file = rig.stage.file('a.lock');
      if (holder !== undefined) await rig.stage.start('holder', ['--file', file, ...holder]);
      const script = `export PROBE_PROGRAM="${path.join(built.dist, 'probe.js')}"`;
      const { observer } = await observeInside(flags, script, lockFile(file), []);
      const { facts, state } = await observer.tick();
      await observer.close();
      return { file: facts.lockFiles[0], state };
    };

    it.for([
      ['a POSIX lock', ['--kind', 'posix'], 'posix', 'write'],
      ['a shared POSIX lock', ['--kind', 'posix', '--mode', 'shared'], 'posix', 'read'],
      ['an flock', [], 'flock', 'write'],
    ] as const)(
      '%s held outside is held, by a process that is not seen',
      async ([, args, kind, access], context) => {
        const { file, state } = await observeFromInside(context, args);
        expect(file).toMatchObject({
          locks: [{ kind, access, holders: [], unknown: 'outsideNamespace' }],
          certainty: 'certain',
        });
        expect(state).toBe('unverified');
      },
    );

    it('a file that is not locked in any way is free', async (context) => {
      const { file, state } = await observeFromInside(context);
      expect(file).toMatchObject({ locks: [], certainty: 'certain' });
      expect(state).toBe('free');
    });
  });

  describe.runIf(isRoot)('another user (needs root, to be two users)', () => {
    it('sees that a lock is held, by whom it was taken, and why no more can be known', async () => {
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock')]);
      const observer = await observeAs(NOBODY, rig.program, lockFile(rig.stage.path('a.lock')));
      const { facts, state } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        {
          taker: one.pid,
          holders: [],
          unknown: 'otherUser',
          takenBy: { pid: one.pid, user: 'root' },
        },
      ]);
      expect(state).toBe('unverified');
      await observer.close();
    });

    it('takes the table’s word for the owner of a POSIX lock, but not for proof', async () => {
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock'), '--kind', 'posix']);
      const observer = await observeAs(NOBODY, rig.program, lockFile(rig.stage.path('a.lock')));
      const { facts } = await observer.tick();
      expect(facts.lockFiles[0]?.locks[0]?.holders).toMatchObject([
        { process: { pid: one.pid, user: 'root' }, proven: false },
      ]);
      await observer.close();
    });

    it('cannot read a record, says so, and takes it for nothing', async () => {
      const file = rig.stage.file('a.pid', String(process.pid));
      fs.chmodSync(file, 0o600);
      const observer = await observeAs(NOBODY, rig.program, service('a', { pidFiles: [file] }));
      const { facts, state } = await observer.tick();
      expect(facts.pidFiles[0]?.file).toMatchObject({
        status: 'file',
        problem: { code: 'EACCES', syscall: 'open' },
      });
      expect(facts.pidFiles[0]?.content).toBeUndefined();
      expect(state).toBe('unverified');
      await observer.close();
    });

    it('with hidepid sees that a recorded process is alive, and that a lock has a holder', async (context) => {
      const mount = 'mount -t proc -o hidepid=2 proc /proc';
      const tried = spawnSync('unshare', ['--mount', 'sh', '-c', mount], { encoding: 'utf8' });
      if (tried.status !== 0) context.skip(`no procfs of one’s own: ${tried.stderr.trim()}`);
      const one = await rig.stage.start('holder', ['--file', rig.stage.path('a.lock')]);
      const pidFile = rig.stage.file('a.pid', String(one.pid));
      const watched = service('a', { lockFiles: [rig.stage.path('a.lock')], pidFiles: [pidFile] });
      const become = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`;
      const { observer } = await observeInside(['--mount'], mount, watched, [], become);
      const { facts } = await observer.tick();
      expect(facts.lockFiles[0]?.locks).toMatchObject([
        // Its number is all that can be known of the taker.
        { taker: one.pid, holders: [], unknown: 'otherUser', takenBy: { pid: one.pid, comm: '', argv: [] } },
      ]);
      expect(facts.pidFiles[0]?.content?.liveness).toMatchObject({
        state: 'alive',
        process: { pid: one.pid },
      });
      await observer.close();
    });
  });
});
