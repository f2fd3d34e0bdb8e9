/** Rules of the house that no linter has: no rings among the files, nothing too long. */
import { describe, expect, it } from 'vitest';
import { parse, readSource, type SourceFile } from './source';

const source = readSource('src');
const byFile = new Map(source.map((one) => [one.file, one]));

/** A sentence in the file that begins so says why it is better long. */
const WHY_LONG = /\bOne (?:file|class|function) because\b/;

/** Returns the files of each ring of imports. */
function rings(files: readonly SourceFile[], withTypes: boolean): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, above: readonly string[]): void => {
    const at = above.indexOf(file);
    if (at >= 0) {
      found.push([...above.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    for (const one of byFile.get(file)?.imports ?? []) {
      if (withTypes || !one.isType) walk(one.file, [...above, file]);
    }
    done.add(file);
  };
  for (const { file } of files) walk(file, []);
  return found;
}

describe('the source', () => {
  it('has no ring of imports', () => {
    expect(rings(source, false)).toEqual([]);
  });

  it('has no ring of imports of types either', () => {
    expect(rings(source, true)).toEqual([]);
  });

  it('has no file above 400 lines, no class above 250, no function above 60', () => {
    const limits = { class: 250, function: 60 };
    const long = source
      .filter(({ text }) => !WHY_LONG.test(text))
      .flatMap(({ file, lines, parts }) => [
        ...(lines > 400 ? [`${file}: ${lines} lines`] : []),
        ...parts
          .filter((part) => part.lines > limits[part.kind])
          .map((part) => `${file}: ${part.name}, ${part.lines} lines`),
      ]);
    expect(long).toEqual([]);
  });

  it('has no table over a closed union that may lack a member', () => {
    const sample =
      'type A = Readonly<Partial<Record<RowKind, string>>>; type B = Partial<Record<string, RowKind>>;';
    expect(parse('sample.ts', new Set(), sample).partialTables).toEqual(['RowKind']);
    expect(
      source.flatMap(({ file, partialTables }) => partialTables.map((union) => `${file}: ${union}`)),
    ).toEqual([]);
  });
});
