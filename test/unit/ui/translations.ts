/** What a translation must have in common with the English, and what it must not. */

/** English, and words of no other language that there is a bundle for. */
const ENGLISH_ONLY = new Set(
  (
    'the of is are and it its that which with by to has have been no not for from this these cannot could or any only ' +
    'process processes lock locks file files record records service services held holds holder owner stale path folder ' +
    'running kept user command settings'
  ).split(' '),
);

/** Names and units that are the same in another language. */
const SAME = new Set([
  'Instance & Lock Monitor',
  'in {0}',
  'inode {0}',
  '< 1 min',
  '{0} min',
  '{0} h',
  '{0} d',
]);

/** Placeholders, code, what stands in quotation marks (commands, keys) and links are not words of a language. */
const bare = (text: string): string =>
  text
    .replace(/`[^`]*`/g, ' ')
    .replace(/\]\([^)]*\)/g, '] ')
    .replace(/\$?\{[^}]*\}|\$\([\w-]+\)/g, ' ')
    .replace(/["“„][^"”“]*["”“]/g, ' ')
    .replace(/Instance (?:& Lock )?Monitor/g, ' ')
    .replace(/\S*\/\S+/g, ' ');

const wordsOf = (text: string): string[] => bare(text).match(/\p{Script=Latin}{2,}/gu) ?? [];

/** Returns the English words of a translation, or all of it where nothing was translated. */
export function leftOver(english: string, translation: string): string[] {
  if (translation.trim() === '') return ['nothing'];
  if (translation === english && wordsOf(english).length > 0 && !SAME.has(english)) return [english];
  return wordsOf(translation).filter((word) => ENGLISH_ONLY.has(word.toLowerCase()));
}

const sorted = (found: readonly string[]): string => [...new Set(found)].sort().join(' ');
const codeIn = (text: string): string[] =>
  (text.match(/`[^`]+`/g) ?? []).filter((code) => !code.startsWith('`/'));
const signalsIn = (text: string): string[] => text.match(/\bSIG[A-Z]+\b/g) ?? [];

/** Returns what was lost, added or exchanged of that which must stay: placeholders, code, links, variables, icons, signals. */
export function changedParts(english: string, translation: string): string[] {
  const parts = [/\{\d+\}/g, /\]\(command:[\w.]+\)/g, /\$\{[^}]*\}/g, /\$\([\w-]+\)/g].map(
    (kind) =>
      (text: string): string[] =>
        text.match(kind) ?? [],
  );
  const exchanged = [...parts, codeIn].flatMap((partsOf) => {
    const [before, after] = [sorted(partsOf(english)), sorted(partsOf(translation))];
    return before === after ? [] : [`${before} → ${after}`];
  });
  // A translation may name a signal that the English calls killing.
  return [...exchanged, ...signalsIn(english).filter((name) => !translation.includes(name))];
}
