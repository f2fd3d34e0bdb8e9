/** One service's history as text, and back: what comes back may have been cut, or be something else. */
import type { ServiceSnapshot } from '../api';
import { knownOf, remember, type HistoryEvent, type Known } from '../model/history';

export interface Entry {
  name: string;
  events: readonly HistoryEvent[];
  /** What was last known: the next sight, even after a reload, is compared with this. */
  known?: Known;
}

export const entryText = (id: string, entry: Entry): string => JSON.stringify({ id, ...entry });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function eventsOf(value: unknown): HistoryEvent[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const events = value.filter(
    (event): event is HistoryEvent =>
      isObject(event) &&
      typeof event['at'] === 'number' &&
      typeof event['kind'] === 'string' &&
      typeof event['text'] === 'string',
  );
  return remember(events, []);
}

/** Reads an entry; undefined: it is not ours, or was cut. */
export function parseEntry(text: string): (Entry & { id: string }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const events = isObject(value) ? eventsOf(value['events']) : undefined;
  if (!isObject(value) || typeof value['id'] !== 'string' || events === undefined) {
    return undefined;
  }
  const { id, name, known } = value;
  return {
    id,
    name: typeof name === 'string' ? name : id,
    events,
    ...(isKnown(known) ? { known } : {}),
  };
}

const isKnown = (value: unknown): value is Known =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  typeof value['state'] === 'string' &&
  Array.isArray(value['holds']) &&
  value['holds'].every(isObject) &&
  Array.isArray(value['findings']);

/** Reads what version 0.1.0 kept of a service, a whole snapshot among it; undefined: it is not ours. */
export function entryFromOld(id: string, value: unknown): Entry | undefined {
  const events = isObject(value) ? eventsOf(value['events']) : undefined;
  if (!isObject(value) || events === undefined) {
    return undefined;
  }
  try {
    const known = knownOf(value['last'] as ServiceSnapshot);
    return { name: known.name, events, known };
  } catch {
    return { name: id, events };
  }
}
