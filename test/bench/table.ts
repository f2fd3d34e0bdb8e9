/** A row of the bench: a figure, and its budget where DESIGN gives one. */
export interface Row {
  what: string;
  figure: string;
  budget?: string;
  /** undefined: no budget, or not measured. */
  met?: boolean;
}

/** One table, the columns aligned; `not met` stands where a budget is missed. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map(({ what, figure, budget, met }) => [
    what,
    figure,
    budget ?? '',
    met === undefined ? '' : met ? 'met' : 'NOT MET',
  ]);
  const all = [['what', 'measured', 'budget', ''], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** A budget that is an upper limit. */
export const atMost = (what: string, value: number, limit: number, unit: string, digits = 2): Row => ({
  what,
  figure: `${value.toFixed(digits)} ${unit}`,
  budget: `≤ ${limit} ${unit}`,
  met: value <= limit,
});

/** A budget that is a lower limit. */
export const atLeast = (what: string, value: number, limit: number, unit: string, digits = 1): Row => ({
  what,
  figure: `${value.toFixed(digits)} ${unit}`,
  budget: `≥ ${limit} ${unit}`,
  met: value >= limit,
});
