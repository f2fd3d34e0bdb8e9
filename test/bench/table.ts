/** A row of the bench: what was measured of one revision, and its budget where there is one. */
export interface Row {
  what: string;
  /** undefined: it was not measured. */
  value: number | undefined;
  unit: string;
  digits: number;
  /** What stands behind the figure: what it was made of, or why there is none. */
  note?: string;
  budget?: { limit: number; is: 'atMost' | 'atLeast' };
}

type Extra = Partial<Pick<Row, 'digits' | 'note'>>;

export const figure = (what: string, value: number | undefined, unit: string, extra: Extra = {}): Row => ({
  what,
  value,
  unit,
  digits: 1,
  ...extra,
});

/** A budget that is an upper limit. */
export const atMost = (
  what: string,
  value: number | undefined,
  limit: number,
  unit: string,
  extra: Extra = {},
): Row => ({ ...figure(what, value, unit, { digits: 2, ...extra }), budget: { limit, is: 'atMost' } });

/** A budget that is a lower limit. */
export const atLeast = (
  what: string,
  value: number | undefined,
  limit: number,
  unit: string,
  extra: Extra = {},
): Row => ({ ...figure(what, value, unit, extra), budget: { limit, is: 'atLeast' } });

export const notMeasured = (what: string, note: string): Row => figure(what, undefined, '', { note });

const isMeasured = ({ value }: Row): boolean => value !== undefined && Number.isFinite(value);

/** Whether its budget is met; undefined: it has none. What was not measured meets no budget. */
export function isMet({ value, budget }: Row): boolean | undefined {
  if (budget === undefined) return undefined;
  if (value === undefined || !Number.isFinite(value)) return false;
  return budget.is === 'atMost' ? value <= budget.limit : value >= budget.limit;
}

function figureText(row: Row | undefined): string {
  if (row === undefined) return 'not measured';
  const note = row.note === undefined ? '' : ` (${row.note})`;
  return isMeasured(row)
    ? `${row.value?.toFixed(row.digits) ?? ''} ${row.unit}${note}`.trim()
    : `not measured${note}`;
}

const budgetText = ({ budget, unit }: Row): string =>
  budget === undefined ? '' : `${budget.is === 'atMost' ? '≤' : '≥'} ${budget.limit} ${unit}`.trim();

/** One table, a column for each revision; the budgets are those of the first. */
export function tableOf(columns: ReadonlyMap<string, readonly Row[]>): string {
  const [first = []] = columns.values();
  const rest = [...columns.values()].flat().filter(({ what }) => !first.some((row) => row.what === what));
  const known = new Set<string>();
  const rows = [...first, ...rest].filter(({ what }) => !known.has(what) && known.add(what));
  const cells = [
    ['what', ...columns.keys(), 'budget', ''],
    ...rows.map((row) => {
      const met = first.includes(row) ? isMet(row) : undefined;
      return [
        row.what,
        ...[...columns.values()].map((column) => figureText(column.find(({ what }) => what === row.what))),
        budgetText(row),
        met === undefined ? '' : met ? 'met' : 'NOT MET',
      ];
    }),
  ];
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
