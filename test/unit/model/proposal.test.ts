import { describe, expect, it } from 'vitest';
import { ownLog, proposalOf, type Proposal } from '../../../src/model/settings/proposal';
import { alive, facts, lock, lockFile, pidFile, proc } from './build';

/** What is proposed for the lock that a process holds. */
const proposedFor = (
  command: string | readonly string[],
  more: Parameters<typeof proc>[2] = {},
): Proposal | undefined => {
  const owner = proc(4242, command, more);
  return proposalOf(facts({ processes: [owner], lockFiles: [lockFile([lock([owner])])] }));
};

describe('what a live owner tells of its service', () => {
  it('is its name, its script and its folder', () => {
    expect(proposedFor('python3 telegram_bot.py')).toEqual({
      owner: { pid: 4242, command: 'python3 telegram_bot.py', proof: 'proven' },
      name: 'telegram_bot',
      program: 'telegram_bot.py',
      cwd: '/home/ann/bot',
    });
  });

  it.each([
    ['the folder, where the script only starts it', 'node server.js', 'bot', 'server.js'],
    ['the package', 'node /srv/node_modules/openclaw/dist/index.js', 'openclaw', 'openclaw/dist/index.js'],
    ['the module', 'python3 -m nightbot', 'nightbot', 'nightbot'],
    ['the program itself', '/usr/local/bin/redis-server *:6379', 'redis-server', 'redis-server *:6379'],
    ['with what tells it from others', 'python3 manage.py runserver', 'manage', 'manage.py runserver'],
    ['and its options', 'node bot.js --account a', 'bot', 'bot.js --account a'],
  ])('names %s', (_, command, name, program) => {
    expect(proposedFor(command)).toMatchObject({ name, program });
  });

  it('writes no secret into the settings, nor anything behind one', () => {
    const { program } =
      proposedFor('python3 bot.py --token 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw -v') ?? {};
    expect(program).toBe('bot.py --token');
  });

  it('names no program where a text could not tell it from others', () => {
    expect(proposedFor(['bash', '-c', 'while true; do sleep 1; done'])).not.toHaveProperty('program');
    expect(proposedFor(['python3', '-c', 'import bot'])).not.toHaveProperty('program');
  });

  it('names no folder that has been removed', () => {
    expect(proposedFor('python3 bot.py', { cwdDeleted: true })).not.toHaveProperty('cwd');
  });

  it('says of a record that fits that it is not proven', () => {
    const owner = proc(4242, 'python3 bot.py');
    const proposal = proposalOf(
      facts({ processes: [owner], lockFiles: [], pidFiles: [pidFile('4242\n', alive(owner), {})] }),
    );
    expect(proposal?.owner.proof).not.toBe('proven');
  });

  it('is nothing without a live owner, and with two', () => {
    expect(proposalOf(facts({ lockFiles: [lockFile()] }))).toBeUndefined();
    const [a, b] = [proc(4242, 'python3 bot.py'), proc(4243, 'python3 other.py')];
    const both = lockFile([lock([a], { access: 'read' }), lock([b], { access: 'read' })]);
    expect(proposalOf(facts({ processes: [a, b], lockFiles: [both] }))).toBeUndefined();
  });
});

describe('the log of its own', () => {
  const log = (path: string, modified: number): { path: string; modified: number } => ({ path, modified });

  it('is the one below its folder, then the newest', () => {
    const logs = [
      log('/var/log/all.log', 9),
      log('/home/ann/bot/old.log', 1),
      log('/home/ann/bot/bot.log', 2),
    ];
    expect(ownLog(logs, '/home/ann/bot')).toBe('/home/ann/bot/bot.log');
    expect(ownLog(logs, undefined)).toBe('/var/log/all.log');
    expect(ownLog(logs, '/home/ann/bo')).toBe('/var/log/all.log');
    expect(ownLog([], '/home/ann/bot')).toBeUndefined();
  });
});
