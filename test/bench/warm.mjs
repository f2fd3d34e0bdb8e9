/**
 * Loaded before a program that is measured: touches all of the young generation. The first use of each of its pages
 * would fall into some figures and not into others, and cost more than what is measured.
 */
const TOUCHED = 400 * 2 ** 20;
const PIECE = 1024;

for (let made = 0; made < TOUCHED; made += PIECE * 8) {
  globalThis.lastTouched = new Array(PIECE).fill(made);
}
globalThis.lastTouched = undefined;
