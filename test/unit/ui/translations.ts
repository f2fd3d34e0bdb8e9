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

/** Returns a title without its icon and its dots: how a sentence names it. */
export const titleOf = (text: string): string => text.replace(/^\$\([\w-]+\) |\s*…$/g, '');

/** Returns the titles that the English names in quotation marks and the translation does not; `titles`: by the English. */
export function misnamed(
  english: string,
  translation: string,
  titles: ReadonlyMap<string, string>,
): string[] {
  const named = [...english.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
  return named.filter((name) => !translation.includes(titles.get(name) ?? ''));
}

interface Habit {
  pattern: RegExp;
  instead: string;
  bad: string;
  /** It looks like the habit, and is right. */
  nearMiss: string;
}

/** What a language does not say: another word stands for the same thing everywhere else. */
export const HABITS: Record<string, Habit[]> = {
  de: [
    { pattern: /Duplikat/, instead: 'doppelte Instanz', bad: 'ein Duplikat', nearMiss: 'doppelte Instanz' },
    { pattern: /Maschine/, instead: 'Rechner', bad: 'auf dieser Maschine', nearMiss: 'auf diesem Rechner' },
    { pattern: /\bHost\b/, instead: 'Rechner', bad: 'auf dem Host', nearMiss: 'Erweiterungshost' },
    { pattern: /\bArrays?\b/, instead: 'Liste', bad: 'ein Array davon', nearMiss: 'eine Liste davon' },
    {
      pattern: /scheiterte mit/,
      instead: 'schlug … fehl',
      bad: 'read scheiterte mit EIO',
      nearMiss: 'scheitert',
    },
    {
      pattern: /einzusehen/,
      instead: 'untersuchen',
      bad: 'ist nicht einzusehen',
      nearMiss: 'nicht zu sehen',
    },
    {
      pattern: /\b[Oo]rdner, keine/,
      instead: 'Verzeichnis',
      bad: 'ein Ordner, keine Datei',
      nearMiss: 'Ordner',
    },
    {
      pattern: /verwendet (?:die|sie|es)\b/,
      instead: 'benutzt',
      bad: 'verwendet es',
      nearMiss: 'Verwenden Sie',
    },
    { pattern: /(?<![./-])\bpid\b/, instead: 'PID', bad: 'die pid 7', nearMiss: 'postmaster.pid; PID 7' },
    { pattern: /\p{L}…/u, instead: 'ein Leerzeichen davor', bad: 'Beenden…', nearMiss: 'Beenden …; `{…}`' },
    { pattern: /["”](?=\p{L})|\p{L}["”]/u, instead: '„…“', bad: 'heißt "bot"', nearMiss: '„bot“; `"*": 1`' },
    { pattern: /\bder User\b|\bDu\b|\bdein/, instead: 'Sie', bad: 'dein Ordner', nearMiss: 'Ihr Ordner' },
  ],
  'zh-cn': [
    {
      pattern: /[：（）？！]/,
      instead: 'half-width',
      bad: '谁持有它？',
      nearMiss: '谁持有它? (PID: 7)，是。',
    },
    { pattern: /[;,](?=\s*\p{Script=Han})/u, instead: '，；', bad: '保留; 请移除', nearMiss: '保留；请移除' },
    { pattern: /\p{Script=Han}\(/u, instead: 'a space before', bad: '状态(D)', nearMiss: '状态 (D)' },
    { pattern: /(?<![./-])\bpid\b/, instead: 'PID', bad: '路径、pid', nearMiss: 'postmaster.pid; PID' },
    { pattern: /验证/, instead: '核实', bad: '无法验证', nearMiss: '无法核实' },
    { pattern: /写明|指向进程/, instead: '指明', bad: '写明了端口', nearMiss: '指向别处' },
    { pattern: /占用了它|仍被占用/, instead: '持有', bad: '谁占用了它?', nearMiss: '端口被占用' },
    { pattern: /您/, instead: '你', bad: '您的进程', nearMiss: '你的进程' },
    {
      pattern: /(?:其他|另一台)主机上的进程/,
      instead: '计算机',
      bad: '其他主机上的进程',
      nearMiss: '另一台主机',
    },
  ],
};

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
