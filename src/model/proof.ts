/** The three grades of proof (api.ts), and how they are compared. */
import type { Proof } from '../api';

const RANK: Readonly<Record<Proof, number>> = { guessed: 0, plausible: 1, proven: 2 };

/** Returns the weaker of two grades: a chain is as sure as its weakest link. */
export const weaker = (a: Proof, b: Proof): Proof => (RANK[a] <= RANK[b] ? a : b);

/** Returns the stronger of two grades: of two independent links one is enough. */
export const stronger = (a: Proof, b: Proof): Proof => (RANK[a] >= RANK[b] ? a : b);
