/** Settings that are a time: what counts of them, and what is said of a value that cannot be. */
import * as l10n from '@vscode/l10n';

export interface Limits {
  default: number;
  minimum: number;
  /** A timer of more than 2^31 - 1 ms runs out at once. */
  maximum: number;
}

export interface Limited {
  value: number;
  /** One sentence; absent when the value counts as it is. */
  problem?: string;
}

/** Returns what counts of a value, ms: itself, the nearest that is possible, or the default of what is no number. */
export function limited(value: unknown, limits: Limits, settingName: string): Limited {
  const isNumber = typeof value === 'number' && !Number.isNaN(value);
  const used = isNumber ? Math.min(Math.max(value, limits.minimum), limits.maximum) : limits.default;
  if (used === value || value === undefined) {
    return { value: used };
  }
  return {
    value: used,
    problem: l10n.t(
      '{0} is {1}, but must be a number of milliseconds from {2} to {3}; {4} is used instead.',
      settingName,
      JSON.stringify(value),
      limits.minimum,
      limits.maximum,
      used,
    ),
  };
}
