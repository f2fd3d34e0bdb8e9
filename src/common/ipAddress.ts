/** Addresses as they are usually written, from their bytes in network order. */

/** `127.0.0.1` of four bytes, `::1` and `::ffff:127.0.0.1` of sixteen. */
export function ipAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  return shortened(words);
}

/** The longest run of zeros becomes `::`, the first of equals (RFC 5952, section 4.2). */
function shortened(words: readonly number[]): string {
  const text = words.map((word) => word.toString(16)).join(':');
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const [longest] = runs.sort((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}
