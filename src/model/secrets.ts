/** Values that look secret are never shown, logged or exported. Command lines and log lines are where they leak. */

const HIDDEN = '***';

const SECRET_NAME =
  /^(?:key|pass|.*(?:token|passwd|password|secret|apikey|api[-_]key|access[-_]key|private[-_]key|auth[-_]key|credential|credentials))$/i;

/** A Telegram bot token: numeric bot id, colon, 35 characters. */
const BOT_TOKEN = /\d{6,12}:[A-Za-z0-9_-]{30,64}/g;

/** `user:password@` of a URL. */
const URL_LOGIN = /:\/\/[^\s/@]{1,256}@/g;

/** Is `name` (a flag, a variable, a JSON key) one whose value is a secret? */
export function isSecretName(name: string): boolean {
  return name.length <= 128 && SECRET_NAME.test(name.replace(/^-{1,2}/, ''));
}

function hideInWord(word: string): string {
  const equals = word.indexOf('=');
  if (equals > 0 && isSecretName(word.slice(0, equals))) {
    return `${word.slice(0, equals)}=${HIDDEN}`;
  }
  return word.replace(BOT_TOKEN, HIDDEN).replace(URL_LOGIN, `://${HIDDEN}@`);
}

/** Does this word announce that the next one is a secret: `--token`, `Bearer`, `"authToken":`? */
function announcesSecret(word: string): boolean {
  if (word.startsWith('-')) {
    return !word.includes('=') && isSecretName(word);
  }
  const label = /^["'{,]*([\w-]{1,64})["']?:$/.exec(word)?.[1];
  return label === undefined ? word === 'Bearer' : isSecretName(label);
}

/** Hides secret values among words; linear. */
function hideInWords(words: readonly string[]): string[] {
  let hideNext = false;
  return words.map((word) => {
    const hide = hideNext && !word.startsWith('--');
    hideNext = announcesSecret(word);
    return hide ? HIDDEN : hideInWord(word);
  });
}

/** The arguments of a process, secret values replaced by `***`. An argument with spaces may be a whole shell command. */
export function hideSecretsInArgv(argv: readonly string[]): string[] {
  return hideInWords(argv).map((argument) => (argument.includes(' ') ? hideSecrets(argument) : argument));
}

/** A line of text, secret values replaced by `***`. */
export function hideSecrets(text: string): string {
  const parts = text.split(/(\s+)/);
  const words = hideInWords(parts.filter((_, i) => i % 2 === 0));
  return parts.map((part, i) => (i % 2 === 0 ? (words[i / 2] ?? '') : part)).join('');
}
