import { assertNever } from '../../common/assertNever';
import type { ProcessMatcher } from '../service';

const isWordCharacter = (c: string | undefined): boolean => c !== undefined && /[A-Za-z0-9_]/.test(c);

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0 && word !== ''; at = text.indexOf(word, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + word.length])) {
      return true;
    }
  }
  return false;
}

/** Does the pattern itself name this program? Who watches `tail -F` means tail; who watches `bot.log` does not. */
export function matcherNames(matcher: ProcessMatcher, program: string): boolean {
  switch (matcher.kind) {
    case 'substring':
      return hasWord(matcher.text, program);
    case 'regex':
      return hasWord(matcher.source, program);
    case 'commandAndCwd':
      return matcherNames(matcher.command, program);
    default:
      return assertNever(matcher);
  }
}
