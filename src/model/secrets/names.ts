/** Which names announce a secret: read word by word, so that `--keyboard`, `--max-tokens` and `--author` stay readable. */

/**
 * How much a name says about its value. `password`: a secret, whatever it looks like. `token`: a secret, unless it is a
 * path. `ambiguous`: a secret, unless it is a path, a method (`--auth none`) or a small number. `perhaps`: a secret only
 * if it looks random.
 */
export type Secrecy = 'password' | 'token' | 'ambiguous' | 'perhaps';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const PASSWORDS = words(`passcode pwd pswd pw psk kennwort mnemonic`);

const TOKENS = words(`bearer cred creds jwt cookie cookies authorization passkey macaroon`);

/** `key`, `pass` and `auth` are words of many meanings: what stands before them tells which. */
const AMBIGUOUS = words(`key pass auth authentication oauth signing otp totp pin puk`);

/** `seed-phrase`: what opens a wallet; before it other words mean a text that is searched. */
const PHRASES = words(`seed pass recovery secret`);

const PERHAPS = words(
  `session sessionid sessid sid sig signature nonce code tokens keys secrets passwords hash salt ticket pat csrf xsrf hmac license crumb`,
);

/** In the query of a URL these are what lets someone in. */
const SECRET_IN_QUERY = words(
  `sig signature code ticket sid session sessionid key auth pass hmac otp hash nonce jwt crumb`,
);

/** Written as one word: `PGPASSWORD`, `bottoken`, `dbpass`, `privatekey`. */
const ENDINGS: readonly (readonly [RegExp, Secrecy])[] = [
  [/(?:password|passwd|passphrase|seedphrase|passwort)$/, 'password'],
  [
    /^(?!(?:by|com|over|tres|sur|under|encom|multi|single|ssh|first|second|two|low|high)pass$)\w+pass$/,
    'password',
  ],
  [/(?:token|secret|apikey|credentials?)$/, 'token'],
  [
    /(?:api|auth|access|secret|private|priv|master|sign|signing|encryption|encrypt|account|storage|license|stream|consumer|client|shared|app|service|admin|deploy|hmac|aes)key$/,
    'token',
  ],
  [/^(?:basic|proxy|http|master|user|x)auth$/, 'ambiguous'],
];

/** `API_KEY_BASE`, `TOKEN_PROD`, `passwordHash`: still the secret itself. */
const STILL_SECRET = words(
  `base value val data hash v prod production dev test staging live primary secondary old new current previous default string text
  raw hex json pem header headers`,
);

/** What only talks about a secret: `--token-count`, `PASSWORD_FILE`, `auth-type`. */
const ABOUT = words(
  `file files filename path paths dir directory folder location name names id ids url urls uri endpoint server host domain realm
  issuer audience version provider store storage label title prefix type format algorithm alg helper command cmd agent policy
  source socket browser jar template`,
);

/** `--no-password`, `--ask-pass`, `USE_AUTH`: a switch, not a value. */
const SWITCHES = words(
  `no disable skip without enable use with require ask prompt show print list has need generate rotate check`,
);

/** Before `key`, `pass`, `token`: not what opens a door. */
const OTHER_KEYS = words(
  `sort primary foreign partition group cache hot row short routing shard object lookup unique index map color field column hash
  message idempotency`,
);
const PUBLIC_KEYS = words(`public pub host known trusted verify`);
const OTHER_PASSES = words(`low high band multi single two one first second num`);
const OTHER_TOKENS = words(
  `max min num stop pad eos bos unk mask next start special sep cls total input output prompt completion cached`,
);

/** The words of `apiKey`, `API_KEY`, `--api-key` and `api.key`; digits count as a gap. */
function wordsOf(name: string): string[] {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return parts.toLowerCase().match(/[a-z]+/g) ?? [];
}

function ofWord(word: string): Secrecy | undefined {
  if (PASSWORDS.has(word)) return 'password';
  if (TOKENS.has(word)) return 'token';
  if (AMBIGUOUS.has(word)) return 'ambiguous';
  if (PERHAPS.has(word)) return 'perhaps';
  return ENDINGS.find(([ending]) => ending.test(word))?.[1];
}

/** What the word says, given what stands before it. */
function ofLast(word: string, before: string | undefined): Secrecy | undefined {
  const secrecy = ofWord(word);
  if (before === undefined) return secrecy;
  switch (word) {
    case 'key':
      return PUBLIC_KEYS.has(before) ? undefined : OTHER_KEYS.has(before) ? 'perhaps' : 'token';
    case 'pass':
      return OTHER_PASSES.has(before) ? undefined : 'password';
    case 'token':
      return OTHER_TOKENS.has(before) ? 'perhaps' : 'token';
    case 'phrase':
      return PHRASES.has(before) ? 'password' : undefined;
    default:
      return secrecy;
  }
}

/** The same few names stand in every command line. */
const known = new Map<string, Secrecy | undefined>();
const KNOWN_LIMIT = 2000;

/** What the name of a flag, a variable, a header or a JSON key says about its value; undefined: nothing. */
export function secrecyOf(name: string, isQuery = false): Secrecy | undefined {
  if (name.length > 128) return undefined;
  const key = isQuery ? `?${name}` : name;
  if (known.has(key)) return known.get(key);
  if (known.size >= KNOWN_LIMIT) known.clear();
  const found = read(name, isQuery);
  known.set(key, found);
  return found;
}

function read(name: string, isQuery: boolean): Secrecy | undefined {
  const all = wordsOf(name);
  const last = all.at(-1);
  if (last === undefined) return undefined;
  if (isQuery && SECRET_IN_QUERY.has(last)) return 'token';
  const isSwitch = SWITCHES.has(all[0] ?? '');
  const found = ofLast(last, all.at(-2));
  const isQualified = STILL_SECRET.has(last);
  if (found !== undefined && !isQualified) return isSwitch ? 'perhaps' : found;
  if (ABOUT.has(last)) return undefined;
  const at = all.slice(0, -1).findLastIndex((word) => ofWord(word) !== undefined);
  const inside = at < 0 ? found : ofLast(all[at] ?? '', all[at - 1]);
  if (all.slice(at + 1).every((word) => STILL_SECRET.has(word))) return isSwitch ? 'perhaps' : inside;
  return inside === 'password' || inside === 'token' ? 'perhaps' : undefined;
}

/** Headers whose value is the rest of the line: it has several parts. */
export function isHeaderName(name: string): boolean {
  return /(?:^|[^a-z])H?(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i.test(name);
}

/** Words that stand beside each other, with spaces, under this name. */
export function isPhraseName(name: string): boolean {
  return /(?:mnemonic|(?:seed|pass|recovery|secret)[-_]?phrase)$/i.test(name);
}
