/** As much of Markdown as the papers use: links, headings, tables, and what is written as code. */
import * as path from 'node:path';

export interface Link {
  target: string;
  /** Relative to the page; empty: the page itself. */
  file: string;
  anchor: string | undefined;
  isPicture: boolean;
}

const withoutCode = (text: string): string =>
  text.replace(/^ *```[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '``');

/** Returns the links and pictures that are not on the web, those of HTML included. */
export function linksOf(text: string): Link[] {
  const inline = [...withoutCode(text).matchAll(/(!?)\[[^\]]*\]\(\s*<?([^)>\s]+)/g)];
  const html = [...withoutCode(text).matchAll(/\b(src|srcset|href)\s*=\s*["']?([^"'\s>]+)/g)];
  return [...inline, ...html]
    .map(([, kind = '', target = '']) => ({ kind, target }))
    .filter(({ target }) => !/^(?:https?|mailto):/.test(target))
    .map(({ kind, target }) => {
      const [file = '', anchor] = target.split('#');
      return { target, file, anchor, isPicture: kind !== '' && kind !== 'href' };
    });
}

/** Returns what is read aloud of a page: its words, also those of headings, lists and tables; no code blocks, pictures, targets. */
export function spokenWords(text: string): string[] {
  return text
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/<picture>[\s\S]*?<\/picture>/g, '')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .split(/[\s|]+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter((word) => word !== '');
}

/** Returns what is emphasised and begins with a capital, as titles of the window do. */
export function calledIn(text: string): string[] {
  const found = withoutCode(text).matchAll(/(?<!\w)_([A-Z][^_\n]*)_(?!\w)/g);
  return [...found].map(([, name = '']) => name);
}

/** Returns the anchors of the headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Returns each table as its lines: the head, the rule, the rows. */
export function tablesOf(text: string): string[][] {
  return [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => table.trimEnd().split('\n'));
}

export function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** Returns the cells of the row that begins with `first`, in whatever table it stands. */
export function rowOf(text: string, first: string): string[] | undefined {
  return tablesOf(text)
    .flatMap((rows) => rows.map(cellsOf))
    .find(([cell]) => cell === first);
}

export interface Named {
  /** What stands between backticks. */
  name: string;
  /** The folder that the item of a list above it begins with, with its slash; empty: none. */
  folder: string;
  /** Folders of the files that its line has named before it. */
  before: readonly string[];
}

/** Returns every single word that is written as code, outside of blocks. */
export function namedIn(text: string): Named[] {
  const named: Named[] = [];
  let folder = '';
  for (const line of text.replace(/^```[\s\S]*?^```/gm, '').split('\n')) {
    const [, head] = /^- `([^`]+\/)`/.exec(line) ?? [];
    if (head !== undefined) folder = head;
    else if (!/^\s/.test(line)) folder = '';
    const before: string[] = [];
    for (const [, name = ''] of line.matchAll(/`([^`\s]+)`/g)) {
      named.push({ name, folder, before: [...before] });
      if (name.includes('/')) {
        const own = name.endsWith('/') ? name : `${path.posix.dirname(name)}/`;
        before.push(own, `src/${own}`, `${folder}${own}`);
      }
    }
  }
  return named;
}
