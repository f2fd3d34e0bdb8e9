/**
 * Values that are secrets by their very shape, under any name or none. Each pattern begins with a fixed text and repeats
 * one class of characters, so that nothing is read twice.
 */

export const HIDDEN = '***';

/** Not in the middle of a word: `task-…` is no `sk-…`. */
const START = String.raw`(?<![A-Za-z0-9])`;

const TOKENS = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek and their like; `sk-SK` is a language.
  String.raw`sk-(?:proj|ant|or|lf|svcacct|admin|None|live|test)-[\w-]{4,}`,
  String.raw`sk-[A-Za-z0-9][\w-]{18,}`,
  // Stripe, Clerk, ElevenLabs
  String.raw`(?:sk|rk)_(?:live|test|prod)_\w{4,}`,
  String.raw`sk_[0-9a-f]{24,}`,
  String.raw`whsec_[\w+/=-]{8,}`,
  // GitHub, GitLab
  String.raw`gh[pousr]_[A-Za-z0-9]{8,}`,
  String.raw`github_pat_\w{8,}`,
  String.raw`gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[\w.-]{8,}`,
  // Slack
  String.raw`xox[a-z](?:\.xox[a-z])?-[\w-]{8,}`,
  String.raw`xapp-\d-[\w-]{8,}`,
  // AWS key ids, Google, Alibaba
  String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}`,
  String.raw`AIza[\w-]{20,}`,
  String.raw`ya29\.[\w.-]{8,}`,
  String.raw`GOCSPX-[\w-]{8,}`,
  String.raw`1//0[\w-]{20,}`,
  String.raw`LTAI[A-Za-z0-9]{12,}`,
  // Package registries
  String.raw`npm_[A-Za-z0-9]{20,}`,
  String.raw`pypi-Ag[\w-]{12,}`,
  String.raw`rubygems_[0-9a-f]{16,}`,
  String.raw`dckr_(?:pat|oat)_[\w-]{8,}`,
  // Models and their hosts
  String.raw`hf_[A-Za-z0-9]{20,}`,
  String.raw`gsk_[A-Za-z0-9]{20,}`,
  String.raw`r8_[A-Za-z0-9]{20,}`,
  String.raw`(?:xai|nvapi|pplx|tvly)-[\w-]{16,}`,
  // Mail and telephone
  String.raw`SG\.[\w-]{8,}\.[\w-]{8,}`,
  String.raw`key-[0-9a-f]{32}`,
  String.raw`SK[0-9a-f]{32}`,
  String.raw`xkeysib-[\w-]{16,}`,
  // Clouds and services
  String.raw`do[opr]_v1_[0-9a-f]{16,}`,
  String.raw`shp(?:at|ss|ca|pa|tka)_[0-9a-fA-F]{16,}`,
  String.raw`(?:hvs|hvb|hvr)\.[\w-]{16,}`,
  String.raw`gl(?:sa|c)_[\w+/=-]{20,}`,
  String.raw`dapi[0-9a-f]{32}`,
  String.raw`tskey-[a-z]+-[\w-]{8,}`,
  String.raw`lin_api_\w{16,}`,
  String.raw`(?:ntn|secret|figd|sbp|ops|sntry[su]|rzp_live|pscale_\w{2,4})_[\w+/=-]{24,}`,
  String.raw`AT(?:ATT|CTT|BB)[\w=-]{16,}`,
  String.raw`NRAK-[A-Z0-9]{16,}`,
  String.raw`PMAK-[\w-]{16,}`,
  String.raw`EAA[A-Za-z0-9]{60,}`,
  String.raw`live_\d{6,}_\w{12,}`,
  String.raw`AGE-SECRET-KEY-1[A-Z0-9]{16,}`,
  // A JSON object in base64: a JWT, or one without its signature
  String.raw`eyJ[\w-]{8,}(?:\.[\w-]*){0,4}`,
];

const TOKEN = new RegExp(`${START}(?:${TOKENS.join('|')})`, 'g');

/** A part of each of them: nearly every text has none, and this is cheaper to find out. */
const TOKEN_MARK =
  /sk-|sk_|rk_|whsec_|ghp_|gho_|ghu_|ghs_|ghr_|_pat_|glpat|gldt|glrt|glcbt|glptt|glft|glimt|glagent|glsoat|gloas|glffct|xox|xapp|AKIA|ASIA|ABIA|ACCA|AIza|ya29|GOCSPX|1\/\/0|LTAI|npm_|pypi-|rubygems_|dckr_|hf_|gsk_|r8_|xai-|nvapi|pplx|tvly|SG\.|key-|SK\d|SK[a-f]|xkeysib|_v1_|shpat|shpss|shpca|shppa|shptka|hvs\.|hvb\.|hvr\.|glsa_|glc_|dapi|tskey|lin_api|ntn_|secret_|figd_|sbp_|ops_|sntry|rzp_|pscale|ATATT|ATCTT|ATBB|NRAK|PMAK|EAA|live_|AGE-|eyJ/;

/** Discord: the bot's id in base64, a time, a signature. */
const DISCORD = /(?<![A-Za-z0-9])[MNO][\w-]{22,28}\.[\w-]{6}\.[\w-]{20,}/g;
const DISCORD_LENGTH = 50;

/** Telegram: numeric bot id, colon, 35 characters that begin with AA; cut ones too. */
const BOT_TOKEN = /\d{6,12}:(?:AA[\w-]{4,64}|[\w-]{30,64})/g;

/** In a URL of the Bot API the token is cut wherever a log line is. */
const BOT_PATH = /(\/bot)\d{6,12}:[\w-]+/g;

/** URLs that are the secret themselves: whoever knows one can post. */
const HOOK =
  /((?:hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks|hooks\.zapier\.com\/hooks|[\w-]{1,63}\.webhook\.office\.com\/webhookb2|maker\.ifttt\.com\/trigger|hc-ping\.com)\/)[^\s"'`<>|]+/g;

/** Between the words and lines of a PEM block, as command lines (`\0`), shells and JSON write them. */
const GAP = String.raw`(?:\\{1,8}(?:[nr]|x0[ad])|[\s\0"',\\])`;
const HEADER = String.raw`(?:Proc-Type|DEK-Info|Version|Comment): [\w.,()-]{1,80}`;
const PEM = new RegExp(
  `-----BEGIN(?:${GAP}{1,8}[A-Z0-9]{1,16}){0,4}${GAP}{1,8}PRIVATE${GAP}{1,8}KEY(?:${GAP}{1,8}BLOCK)?-----` +
    `(?:${GAP}*(?:${HEADER}|[A-Za-z0-9+/]{16,}={0,2}))*` +
    `(?:${GAP}*[A-Za-z0-9+/]{1,15}={0,2}(?=${GAP}*-----END))?` +
    `(?:${GAP}*-----END(?:${GAP}{1,8}[A-Z0-9]{1,16}){0,6}-----)?`,
  'g',
);

/** Schemes whose user name alone opens nothing: the key or the password is elsewhere. */
const USER_ONLY = /^(?:(?:git\+|svn\+|bzr\+)?ssh|git|sftp|scp|rsync|postgres(?:ql)?|mysql|mariadb)$/;

/**
 * The login of a URL ends at the last `@` before its path; a password that has a slash in it (`u:p/w@host`) is one all
 * the same, unless a port stands there.
 */
const LOGIN =
  /([A-Za-z][A-Za-z0-9+.-]{0,30})?:\/\/(?:[^\s/?#"'<>]{0,1024}@|[^\s/:@[\]"'<>]{0,256}:(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]{1,256}@(?=[\w[.-]))/g;

export function hidePem(text: string): string {
  return text.includes('-----BEGIN') ? text.replace(PEM, HIDDEN) : text;
}

function hideLogins(text: string): string {
  return text.replace(LOGIN, (whole, name: string | undefined) => {
    const scheme = name ?? '';
    const login = whole.slice(scheme.length + 3, -1);
    const isUserOnly = USER_ONLY.test(scheme) && /^[\w.-]{1,32}$/.test(login);
    return isUserOnly || login === '' ? whole : `${scheme}://${HIDDEN}@`;
  });
}

/** Every value in the text that has the shape of a secret. */
export function hideShapes(text: string): string {
  let shown = hidePem(text);
  if (shown.includes('/')) shown = shown.replace(HOOK, `$1${HIDDEN}`);
  if (shown.includes(':')) shown = shown.replace(BOT_PATH, `$1${HIDDEN}`).replace(BOT_TOKEN, HIDDEN);
  if (TOKEN_MARK.test(shown)) shown = shown.replace(TOKEN, HIDDEN);
  if (shown.length >= DISCORD_LENGTH) shown = shown.replace(DISCORD, HIDDEN);
  return shown.includes('://') ? hideLogins(shown) : shown;
}
