/** Pages of the source as an extension's page shows them: nothing relative leads anywhere there, packed along or not. */

/** Returns where the source is on the web, as the manifest's `repository` says; undefined: it says nothing of use. */
export function sourceOf({ repository }) {
  const said = (typeof repository === 'string' ? repository : repository?.url) ?? '';
  const [, address] = /^(?:git\+)?(https:\/\/[^?#]+?)(?:\.git)?\/?$/.exec(said) ?? [];
  const [, name] = /^(?:github:)?([\w-]+\/[\w.-]+)$/.exec(said) ?? [];
  return address ?? (name === undefined ? undefined : `https://github.com/${name}`);
}

/** Returns the manifest with what else follows from where the source is, unless it says so itself: `repository` is the one place. */
export function withLinks(manifest) {
  const source = sourceOf(manifest);
  return source === undefined
    ? manifest
    : { homepage: `${source}#readme`, bugs: { url: `${source}/issues` }, ...manifest };
}

/**
 * Returns the page with absolute links and pictures. Where the source is nowhere on the web yet, pictures go, and a link
 * becomes its words and the file's name in the source. HEAD is the branch that a visitor sees first.
 */
export function asPage(page, source) {
  // One picture for each colour scheme is what GitHub knows; an extension's page shows the last.
  const text = page.replace(/<picture>.*?<img alt="([^"]*)" src="([^"]*)">\s*<\/picture>/gs, '![$1]($2)');
  const isHere = (target) => !/^(?:https:|mailto:|#)/i.test(target);
  if (source !== undefined) {
    return text.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (link, mark, words, target) =>
      isHere(target) ? `${mark}[${words}](${source}/${mark === '!' ? 'raw' : 'blob'}/HEAD/${target})` : link,
    );
  }
  return text
    .replace(/^[ \t]*!\[[^\]]*\]\(([^)\s]+)\)\n+/gm, (picture, target) => (isHere(target) ? '' : picture))
    .replace(/(?<!!)\[([^\]]*)\]\(([^)\s]+)\)/g, (link, words, target) => {
      if (!isHere(target)) return link;
      const file = target.replace(/#.*$/, '');
      return words === file.replace(/\.md$/, '') || words === file ? `\`${file}\`` : `${words} (\`${file}\`)`;
    });
}
