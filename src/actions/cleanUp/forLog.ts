import { hideSecrets, hideSecretsInJson } from '../../model/secrets/index';
import { oneLine } from '../../model/text';
import type { RecordGeneration } from '../../os/recordGeneration';

/** A record's content for the log: one line, values that look secret hidden. */
export function forLog({ kind, content }: Pick<RecordGeneration, 'kind' | 'content'>): string {
  if (kind === 'directory') {
    return '(an empty directory)';
  }
  if (content.includes(0)) {
    return '(binary)';
  }
  const text = content.toString('utf8');
  const json = parseObject(text);
  if (json !== undefined) {
    return oneLine(JSON.stringify(hideSecretsInJson(json)));
  }
  // Soft locks write pid, host and a token on lines of their own.
  const [first = '', second = '', ...more] = text.split('\n');
  return oneLine(
    hideSecrets([first, second].join(' ').trimEnd()) + (more.some((line) => line !== '') ? ' …' : ''),
  );
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
