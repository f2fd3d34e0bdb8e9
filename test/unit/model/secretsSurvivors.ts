/** Backslashes come and go with Markdown, JSON and shells; lines may be shown on one. */
const plain = (text: string): string => text.replaceAll('\\', '');

/** A cut secret is one, too. */
const BEGINNING = 12;

/** The secrets of which a part that says something is in the text. */
export function survivors(text: string, secrets: readonly string[]): string[] {
  const shown = plain(text);
  return secrets.filter((secret) =>
    secret
      .split(/\n|\\n/)
      .map((line) => plain(line).slice(0, BEGINNING))
      .some((part) => part.length > 3 && shown.includes(part)),
  );
}
