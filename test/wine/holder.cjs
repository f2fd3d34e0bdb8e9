'use strict';
/**
 * Uses `file` on Windows until it is ended. argv: koffi.node, how, file, console.
 *   open       shares everything, locks nothing
 *   alone      opened without sharing
 *   noWriters  denies writers only, as Next.js does
 *   region     LockFileEx of the first byte, as msvcrt.locking and portalocker do
 */
const [, , binary, how, file] = process.argv;
const loaded = { exports: {} };
process.dlopen(loaded, binary);
const kernel32 = loaded.exports.load('kernel32.dll');
const createFile = kernel32.func(
  'intptr_t CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, intptr_t template)',
);
const lockFile = kernel32.func(
  'int LockFileEx(intptr_t file, uint32_t flags, uint32_t reserved, uint32_t low, uint32_t high, void *overlapped)',
);

const READ_AND_WRITE = 0xc0000000;
const SHARE = { open: 7, region: 7, alone: 0, noWriters: 1 };
const EXCLUSIVE_NOW = 3;
const handle = createFile(file, READ_AND_WRITE, SHARE[how], null, 3, 0x80, 0);
const isHeld =
  handle !== -1 && (how !== 'region' || lockFile(handle, EXCLUSIVE_NOW, 0, 1, 0, Buffer.alloc(32)) !== 0);
if (!isHeld) process.exit(3);
process.on('SIGINT', () => process.exit(0));
process.send('held');
process.on('disconnect', () => process.exit(4));
setInterval(() => undefined, 1000);
