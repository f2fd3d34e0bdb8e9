/** JSON objects with a `pid`: hermes, OpenClaw, Next.js, Nuxt, Jupyter, VS Code, Claude IDE and their like. */
import type { PidRecord } from './pidRecordTypes';
import { numbersInJson, withNumbers } from './pidRecordNumbers';
import { recordOfFields, type Fields } from './pidRecordFields';

/** `text` starts with a brace. Half-written JSON is no record: the writer may be at it. */
export function parseJsonRecord(text: string): PidRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { shape: 'none' };
  }
  if (typeof parsed !== 'object' || parsed === null) {
    return { shape: 'none' };
  }
  return withNumbers({ shape: 'json', ...recordOfFields(parsed as Fields) }, numbersInJson(parsed));
}
