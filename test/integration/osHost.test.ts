/** What is known of the machine where not everything may be asked, or where one looks from inside a container. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../src/model/facts';
import { service } from '../fixtures/observe';
import { ageMs } from '../fixtures/proc';
import { eventually } from '../harness/eventually';
import { outside, observeAs, OutsideObserver } from './osOutside';

const NOBODY = 65534;

/** seccomp(2): socket(AF_NETLINK, …) is refused, then the rest of the command line is run. */
const WITHOUT_NETLINK = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
socket = {'x86_64': 41, 'aarch64': 198}[os.uname().machine]
rules = [(LOAD, 0, 0, 0), (EQUAL, 0, 3, socket), (LOAD, 0, 0, 16), (EQUAL, 0, 1, 16),
         (RETURN, 0, 0, 0x00050000 | 13), (RETURN, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *rule) for rule in rules))
class Program(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]
program = Program(len(rules), ctypes.cast(code, ctypes.c_void_p))
if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0: sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
`;

function whyNot(command: string, ...args: string[]): string | undefined {
  const tried = spawnSync(command, args, { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `${command}: ${tried.error?.message ?? tried.stderr.trim()}`;
}

describe.runIf(process.platform === 'linux')('the machine', () => {
  const rig = outside({ isOpen: true });
  const watched = service('a', {});

  /** The facts of the host as an observer sees them that is started by this command. */
  async function hostSeenBy(command: string, args: readonly string[]): Promise<HostFacts> {
    const actor = await rig.stage.startCommand(command, args, { roles: ['observer'] }, 'inside');
    const observer = new OutsideObserver(actor);
    const { facts } = await observer.tick();
    await observer.close();
    return facts.host;
  }
  const observing = (): string[] => [process.execPath, rig.program, JSON.stringify(watched)];

  it('is observed where its addresses may not be asked for', async (context) => {
    const why = whyNot('python3', '-c', WITHOUT_NETLINK, 'true');
    if (why !== undefined) context.skip(why);
    const host = await hostSeenBy('python3', ['-c', WITHOUT_NETLINK, ...observing()]);
    expect(host.addresses).toEqual([]);
    expect(host.hostname).not.toBe('');
  });

  it('has been stepped as far as its own witness of the boot says', async () => {
    const host = await hostSeenBy(process.execPath, observing().slice(1));
    const { bootTime = 0, bootWitness = 0, clockStepMs = 0 } = host;
    expect(bootWitness).toBeGreaterThan(0);
    expect(clockStepMs).toBeGreaterThanOrEqual(Math.max(0, bootTime - bootWitness) - 1_000);
    expect(clockStepMs).toBeLessThanOrEqual(Math.max(0, bootTime - bootWitness) + 1_000);
  });

  it('has not been stepped since a container was made, whose /sys is no older than itself', async (context) => {
    const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const mount = 'mount -t sysfs sysfs /sys';
    const why =
      process.getuid?.() === 0 ? whyNot('unshare', ...flags, 'sh', '-c', mount) : 'only root mounts';
    if (why !== undefined) context.skip(why);
    const script = `${mount} && exec "$@"`;
    const host = await hostSeenBy('unshare', [...flags, 'sh', '-c', script, 'sh', ...observing()]);
    expect(host.nestedPidNamespace).toBe(true);
    expect(Math.abs((host.bootWitness ?? 0) - (host.bootTime ?? 0))).toBeLessThan(10_000);
    expect(host.clockStepMs ?? 0).toBeLessThan(10_000);
  });

  it('tells at the next tick that another user’s process became another program', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to be two users');
    // Of the same name, so that only what it does to memory hints at it.
    const next = rig.stage.file('next', 'echo became; read end\n');
    const script = rig.stage.file('start.sh', `echo waiting; read go; exec sh ${next}\n`);
    const one = await rig.stage.startCommand('sh', [script], { roles: [] });
    await one.waitFor('waiting');
    const named = service('a', { process: { kind: 'substring', text: next } });
    const observer = await observeAs(NOBODY, rig.program, named);
    await eventually(
      'an age of 3 s',
      () => ageMs(one.pid),
      (age) => age > 3_200,
    );
    expect((await observer.tick()).facts.matched).toEqual([]);
    for (let steady = 0; steady < 3; steady++) await observer.tick();
    one.say('go');
    await one.waitFor('became');
    expect((await observer.tick()).facts.matched).toEqual([one.pid]);
    await observer.close();
  });
});
