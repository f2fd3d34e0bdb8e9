import { describe, expect, it } from 'vitest';
import { ownPorts, type SeenPort } from '../../../src/model/settings/ownPorts';
import { proc } from './build';

const own = (port: number): SeenPort => ({ port, mayBeHandedOut: false });
const handedOut = (port: number): SeenPort => ({ port, mayBeHandedOut: true });
const running = (...commands: string[]) => commands.map((command, index) => proc(4242 + index, command));

describe('the ports that belong into a setting', () => {
  it.each([
    ['that of a server', [own(3000)], ['node server.js'], [3000]],
    ['each once, in order', [own(8443), own(8080), own(8443)], ['node server.js'], [8080, 8443]],
    ['not one that the kernel may have chosen', [handedOut(40123)], ['node server.js'], []],
    ['one of those that is named', [handedOut(50051)], ['node server.js --port=50051'], [50051]],
    [
      'one that another process of it names',
      [handedOut(50051)],
      ['npm start -- --port 50051', 'node x.js'],
      [50051],
    ],
    ['not one that is part of a number', [handedOut(50051)], ['node server.js --token 500510'], []],
    ['not that of a debugger', [own(3000), own(9229)], ['node server.js'], [3000]],
    ['not that of a debugger elsewhere', [own(3000), own(9300)], ['node --inspect=9300 server.js'], [3000]],
    [
      'that of a debugger where it is the one of the server',
      [own(9229)],
      ['node server.js --port 9229'],
      [9229],
    ],
    ['all of as many as say something', [1, 2, 3, 4].map(own), ['haproxy'], [1, 2, 3, 4]],
    ['none of so many that they say nothing', [1, 2, 3, 4, 5].map(own), ['haproxy'], []],
  ])('are %s', (_, seen, commands, ports) => {
    expect(ownPorts(seen, running(...commands))).toEqual(ports);
  });
});
