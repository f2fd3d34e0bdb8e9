/** The order of names: case does not count, and numbers do. */

/** Made when a name needs it: it takes the main thread some ms, in one piece. */
let collator: Intl.Collator | undefined;

/** Printable ASCII in the order of the root collation (CLDR, allkeys_CLDR.txt), digits and letters last. */
const ORDER = ' _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz';
/** By character code; NaN: not printable ASCII. */
const WEIGHTS = Array.from({ length: 128 }, (_, code) => {
  const weight = ORDER.indexOf(String.fromCharCode(code).toLowerCase());
  return weight < 0 ? NaN : weight;
});
const [ZERO, NINE] = [48, 57];

/** As a collator does it that compares numbers as such; of names in ASCII, which nearly all are, without one. */
export function compareNames(a: string, b: string): number {
  const order = compareAscii(a, b);
  if (!Number.isNaN(order)) return order;
  collator ??= new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  return collator.compare(a, b);
}

const weightAt = (text: string, at: number): number => WEIGHTS[text.charCodeAt(at)] ?? NaN;

const isDigitAt = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
};

/** NaN: something else than printable ASCII has a say. */
function compareAscii(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (isDigitAt(a, i) && isDigitAt(b, j)) {
      const [x, y] = [numberAt(a, i), numberAt(b, j)];
      const order =
        x.digits.length - y.digits.length || (x.digits < y.digits ? -1 : Number(x.digits > y.digits));
      if (order !== 0) return order;
      [i, j] = [x.end, y.end];
    } else {
      const order = weightAt(a, i) - weightAt(b, j);
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
  }
  if (i < a.length) return weightAt(a, i) + 1;
  return j < b.length ? -(weightAt(b, j) + 1) : 0;
}

/** The digits that begin there, without leading zeros, and where they end. */
function numberAt(text: string, from: number): { digits: string; end: number } {
  let start = from;
  while (text.charCodeAt(start) === ZERO) start += 1;
  let end = start;
  while (isDigitAt(text, end)) end += 1;
  return { digits: text.slice(start, end), end };
}
