import * as l10n from '@vscode/l10n';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long something has lasted, both in ms since the epoch: "< 1 min", "5 min", "3 h", "12 d". Never finer than a
 * minute, so that a row changes at most once a minute by time alone.
 */
export function since(start: number, now: number): string {
  const elapsed = now - start;
  if (elapsed < MINUTE) {
    return l10n.t('< 1 min');
  }
  if (elapsed < HOUR) {
    return l10n.t('{0} min', Math.floor(elapsed / MINUTE));
  }
  if (elapsed < 2 * DAY) {
    return l10n.t('{0} h', Math.floor(elapsed / HOUR));
  }
  return l10n.t('{0} d', Math.floor(elapsed / DAY));
}

/** The same for a screen reader and for prose. */
export function sinceSpoken(start: number, now: number): string {
  const elapsed = now - start;
  if (elapsed < MINUTE) {
    return l10n.t('for less than a minute');
  }
  if (elapsed < 2 * MINUTE) {
    return l10n.t('for a minute');
  }
  if (elapsed < HOUR) {
    return l10n.t('for {0} minutes', Math.floor(elapsed / MINUTE));
  }
  if (elapsed < 2 * HOUR) {
    return l10n.t('for an hour');
  }
  if (elapsed < 2 * DAY) {
    return l10n.t('for {0} hours', Math.floor(elapsed / HOUR));
  }
  return l10n.t('for {0} days', Math.floor(elapsed / DAY));
}
