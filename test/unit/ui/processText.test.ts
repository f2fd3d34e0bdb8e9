import { describe, expect, it } from 'vitest';
import { pidAndProgram, programName, ROOMY_NAME_LIMIT } from '../../../src/ui/text/rows/processText';

describe('what a row calls a process', () => {
  it.each([
    ['/usr/bin/python3 bot.py', 'bot.py'],
    ['/usr/bin/node /srv/bot/telegram_bot.cjs --guard pid-file', 'telegram_bot.cjs'],
    ['node --enable-source-maps dist/server.mjs', 'server.mjs'],
    ['/usr/bin/python3.11 -m celery -A app worker', 'celery'],
    ['java -jar /opt/app/app.jar --port 80', 'app.jar'],
    // What no interpreter runs is called by its own name.
    ['/usr/sbin/redis-server *:6379', 'redis-server'],
    ['nginx: worker process', 'nginx'],
    ['-bash', 'bash'],
    ['[kworker/0:1]', '0:1'],
    ['sh -c node bot.js', 'sh'],
    ['vim bot.py', 'vim'],
    // Code is no script, and half a path with spaces is no name.
    ['python3 -c import os', 'python3'],
    ['node', 'node'],
    ['/usr/bin/node /home/ann/My Projects/bot', 'node'],
    ['', ''],
  ])('%j is %j', (command, name) => {
    expect(programName(command)).toBe(name);
  });

  it('is cut off where a row ends, and not on a page', () => {
    const command = 'node a_gateway_with_a_name.cjs';
    expect(programName(command)).toBe('a_gateway_with_a…');
    expect(pidAndProgram(7, command, ROOMY_NAME_LIMIT)).toBe('pid 7 a_gateway_with_a_name.cjs');
  });
});
