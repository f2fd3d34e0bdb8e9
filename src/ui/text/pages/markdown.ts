/** Markdown put together from parts that are inert already. */

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

export function paragraphs(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
