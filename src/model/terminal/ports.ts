/** Lines about a port that is taken, in the words of the runtimes that write them. */
import type { TerminalLine } from './terminalLine';

export const PORT_LINES: readonly TerminalLine[] = [
  // libuv through Node's lib/net.js: `listen EADDRINUSE: address already in use :::3000`; before Node 12 without the words.
  {
    id: 'node-port',
    word: 'eaddrinuse',
    pattern: /EADDRINUSE:?(?: address already in use)? \S{0,100}?:(?<port>\d{1,5})(?![\w.:])/d,
  },
  {
    id: 'node-socket',
    word: 'eaddrinuse',
    pattern: /(?<link>EADDRINUSE: address already in use) (?<path>\/[^\s:]{1,200})(?!\S)/d,
  },
  // Go: `listen tcp :8080: bind: address already in use`; nginx: `bind() to 0.0.0.0:80 failed (98: Address already in use)`
  {
    id: 'bind-port',
    word: 'address already in use',
    pattern: /:(?<port>\d{1,5})(?:: bind: | failed \(\d{1,3}: )[Aa]ddress already in use/d,
  },
  // asyncio: `error while attempting to bind on address ('127.0.0.1', 8000): address already in use`
  {
    id: 'asyncio-port',
    word: 'attempting to bind on address',
    pattern:
      /attempting to bind on address \('[^'\n]{1,60}', (?<port>\d{1,5})\b[^)\n]{0,20}\): (?:\[[^\]\n]{0,20}\] )?[Aa]ddress already in use/d,
  },
  // gunicorn/sock.py
  {
    id: 'gunicorn-port',
    word: 'connection in use: (',
    pattern: /Connection in use: \('[^'\n]{0,60}', (?<port>\d{1,5})\)/d,
  },
  // Ruby: `Address already in use - bind(2) for "127.0.0.1" port 3000 (Errno::EADDRINUSE)`
  {
    id: 'ruby-port',
    word: 'address already in use - bind(2)',
    pattern: /Address already in use - bind\(2\) for \S{1,100} port (?<port>\d{1,5})\b/d,
  },
  // Docker: `Bind for 0.0.0.0:8080 failed: port is already allocated`
  {
    id: 'docker-port',
    word: 'port is already allocated',
    pattern: /:(?<port>\d{1,5}) failed: port is already allocated/d,
  },
  // Vite, Flask, Spring Boot, Storybook: `Port 5173 is in use`, `Port 8080 was already in use.`
  {
    id: 'port-in-use',
    word: 'port ',
    pattern:
      /\b[Pp]ort (?<port>\d{1,5}) (?:is|was) (?:already |currently )?(?:in use|being used|occupied|taken|allocated)\b/d,
  },
  // Create React App: `Something is already running on port 3000.`
  {
    id: 'running-on-port',
    word: 'already running on port ',
    pattern: /already running on port (?<port>\d{1,5})\b/d,
  },
];
