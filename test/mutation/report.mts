/**
 * Writes the figures of docs/mutation.md from what Stryker reported: the score of each folder, and every change that no
 * test noticed, with the reason of `harmless.json`. A change without a reason is listed as such.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

interface Position {
  line: number;
  column: number;
}
interface Mutant {
  mutatorName: string;
  replacement?: string;
  status: string;
  location: { start: Position; end: Position };
}
interface Report {
  files: Record<string, { source: string; mutants: Mutant[] }>;
}
interface Reason {
  why: string;
  /** `file: code → replacement`, or that and ` in line`, each with `*` for anything. */
  changes: string[];
}
interface Survivor {
  file: string;
  line: number;
  /** `code → replacement`. */
  change: string;
  isReached: boolean;
  /** The first line that it is in. */
  text: string;
}

const DOCUMENT = 'docs/mutation.md';
const [BEGIN, END] = ['<!-- figures -->', '<!-- end of figures -->'];

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

function codeOf(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return squeeze(lines.join('\n'));
}

const matches = (pattern: string, text: string): boolean => {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
};

class Count {
  killed = 0;
  survived = 0;
  uncovered = 0;
  ignored = 0;

  add(status: string): void {
    if (status === 'Killed' || status === 'Timeout') this.killed += 1;
    else if (status === 'Survived') this.survived += 1;
    else if (status === 'NoCoverage') this.uncovered += 1;
    else this.ignored += 1;
  }

  /** `91.3 %`: of all that were judged, what no test reaches included. */
  get score(): string {
    const all = this.killed + this.survived + this.uncovered;
    return all === 0 ? '' : `${((100 * this.killed) / all).toFixed(1)} %`;
  }
}

const cell = (text: string): string => text.replace(/\|/g, '\\|');
const code = (text: string): string => {
  const short = text.length > 110 ? `${text.slice(0, 105)} …` : text;
  return short.includes('`') ? `\`\` ${cell(short)} \`\`` : `\`${cell(short)}\``;
};

function read(): { folders: Map<string, Count>; survivors: Survivor[] } {
  const folders = new Map<string, Count>();
  const survivors: Survivor[] = [];
  const { files } = JSON.parse(readFileSync('out/mutation/unit.json', 'utf8')) as Report;
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const folder = path.dirname(file);
    const count = folders.get(folder) ?? new Count();
    folders.set(folder, count);
    for (const mutant of mutants) {
      count.add(mutant.status);
      if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') continue;
      const change = `${codeOf(source, mutant.location)} → ${squeeze(mutant.replacement ?? '')}`;
      const { line } = mutant.location.start;
      survivors.push({
        file,
        line,
        change,
        isReached: mutant.status === 'Survived',
        text: squeeze(source.split('\n')[line - 1] ?? ''),
      });
    }
  }
  return { folders: new Map([...folders].sort()), survivors };
}

function scores(folders: ReadonlyMap<string, Count>): string[] {
  const rows = [...folders].map(([folder, { score, killed, survived, uncovered, ignored }]) =>
    [`\`${folder}\``, score, killed, survived, uncovered, ignored].join(' | '),
  );
  return [
    'folder | score | noticed | not noticed | not reached | left out',
    '--- | ---: | ---: | ---: | ---: | ---:',
    ...rows,
  ].map((row) => `| ${row} |`);
}

function table(survivors: readonly Survivor[]): string[] {
  const rows = [...survivors]
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map(({ file, line, change }) => `| \`${file.replace(/^src\//, '')}:${line}\` | ${code(change)} |`);
  return ['| place | change |', '| --- | --- |', ...rows, ''];
}

/** By file, since these are many: the changes themselves stand in `out/mutation/*.html` after a run. */
function unexplained(left: readonly Survivor[]): string[] {
  const counts = new Map<string, { survived: number; uncovered: number }>();
  for (const { file, isReached } of left) {
    const count = counts.get(file) ?? { survived: 0, uncovered: 0 };
    counts.set(file, count);
    count[isReached ? 'survived' : 'uncovered'] += 1;
  }
  const rows = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([file, { survived, uncovered }]) =>
        `| \`${file.replace(/^src\//, '')}\` | ${survived} | ${uncovered} |`,
    );
  return rows.length === 0
    ? []
    : [
        '## Not yet explained',
        '',
        '| file | not noticed | not reached |',
        '| --- | ---: | ---: |',
        ...rows,
        '',
      ];
}

function figures(): string[] {
  const { folders, survivors } = read();
  const reasons = JSON.parse(readFileSync('test/mutation/harmless.json', 'utf8')) as Reason[];
  const left = new Set(survivors);
  const explained = reasons.flatMap(({ why, changes }) => {
    const found = changes.flatMap((pattern) => {
      const these = [...left].filter(({ file, change, text }) =>
        [`${file}: ${change}`, `${file}: ${change} in ${text}`].some((whole) => matches(pattern, whole)),
      );
      if (these.length === 0) console.warn(`no such survivor: ${pattern}`);
      for (const one of these) left.delete(one);
      return these;
    });
    return [`### ${why}`, '', ...table(found)];
  });
  const versions = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const day = new Date().toISOString().slice(0, 10);
  console.log(`${survivors.length} not noticed, ${left.size} of them without a reason`);
  return [
    `${day}, StrykerJS ${versions.devDependencies['@stryker-mutator/core'] ?? ''}:`,
    '',
    ...scores(folders),
    '',
    '## What no test notices, and why that is harmless',
    '',
    ...explained,
    ...unexplained([...left]),
  ];
}

export function writeFigures(): void {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [before = '', rest = ''] = document.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  writeFileSync(DOCUMENT, [before + BEGIN, '', ...figures(), END + after].join('\n'));
}
