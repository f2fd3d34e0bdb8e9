/** What the two sides of the racing pid reuse share. */
export const READY = 1;
export const SWAP = 2;
export const SWAPPED = 3;
export const DONE = 4;
export const NEXT = 5;
export const GO_ON = 6;

export interface Swap {
  state: Int32Array;
  times: Float64Array;
}

export const words = (memory: ArrayBuffer): Swap => ({
  state: new Int32Array(memory, 0, 16),
  times: new Float64Array(memory, 2048, 4),
});
