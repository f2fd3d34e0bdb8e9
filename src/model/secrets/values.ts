/** Which values are no secrets, whatever name they have. */
import type { Secrecy } from './names';

/** Switches, placeholders and what is hidden already. */
const HARMLESS =
  /^(?:true|false|yes|no|on|off|none|null|nil|undefined|auto|default|prompt|ask|stdin|required|optional|enabled?|disabled?|always|never|inherit|redacted|\[?redacted\]?|\*{2,}|x{3,}|\.{3}|…|-|[|&;<>(){}[\]]+)$/i;

/** Names of a way to log in: `--auth basic`. */
const METHODS =
  /^(?:basic|digest|bearer|token|password|passwd|oauth2?|ldap|pam|saml|oidc|kerberos|krb5|gssapi|ntlm|negotiate|trust|md5|scram(?:-sha-\d+)?|peer|ident|certs?|m?tls|ssl|anonymous|plain|login|cram-md5|xoauth2|any|jwt|x509|local|github|google|gitlab|azure|iam|ssh|http|https|publickey|keyboard-interactive|optional|mandatory|system|user|host)$/i;

/** A variable that a shell, a template or a secret store fills in later: the reference is not the value. */
const REFERENCE =
  /^(?:\$[A-Z_][A-Z0-9_]*|\$\{[^}\s]{1,100}\}|\$\(.*|`.*|%[A-Z_][A-Z0-9_]*%|\{\{.*|<[\w -]{1,60}>|(?:file|env|fd|op|vault|keyring|arn|projects|sm):.*|projects\/.*)$/s;

/** `docker build --secret id=npm,src=/run/npm`: it says where the secret is. */
const SOURCE = /^(?:id|type|source|src|env)=/;

const FILE =
  /^[\w.@%~+-]{1,100}\.(?:pem|key|crt|cer|der|p12|pfx|jks|json|ya?ml|toml|txt|conf|cfg|ini|env|asc|gpg|pub|ppk|jwks?|db|sqlite|py|js|ts|mjs|cjs|rb|sh|keytab|kdbx|age)$/i;

/** Base64 may begin with a slash; a directory at the root of a file system has a plain name. */
const PATH =
  /^(?:(?:~|\.{1,2})\/|[A-Za-z]:\\|\\\\|~$|\$HOME\/|@?\/(?:[a-z][a-z0-9._-]{0,40}|Users|Volumes|Library|Applications|System|Network)(?:\/[^\s+=]{0,4000})?$)/;

export const isPath = (value: string): boolean => PATH.test(value) || FILE.test(value);

/** Letters and digits as no person writes them; times, versions, paths and host names are no such thing. */
export function looksRandom(value: string): boolean {
  return (
    value.length >= 12 &&
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    !/[\s/\\]/.test(value) &&
    !/^\d{4}-\d\d-\d\d/.test(value) &&
    !/^v?\d+\.\d/.test(value) &&
    !FILE.test(value)
  );
}

/** The value of a name of this secrecy needs no hiding. */
export function isHarmless(value: string, secrecy: Secrecy): boolean {
  if (value === '' || HARMLESS.test(value) || REFERENCE.test(value)) return true;
  switch (secrecy) {
    case 'password':
      return false;
    case 'token':
      return isPath(value) || SOURCE.test(value);
    case 'ambiguous':
      return isPath(value) || METHODS.test(value) || /^\d{1,3}(?:[.,:]\w{0,20}){0,8}$/.test(value);
    case 'perhaps':
      return !looksRandom(value);
  }
}

const COMMON_OPTIONS: ReadonlySet<string> = new Set(
  `verbose debug help version port host hosts config file dir directory folder path output out input log logs level format
  quiet silent daemon no enable disable with without url uri user username name id timeout workers worker threads env force
  dry run watch once all json yaml color colour interactive foreground background detach restart retry retries interval
  address bind listen server client proxy insecure secure tls ssl cert ca key password token secret auth data dump read write
  only max min limit count size type mode root base project profile region zone namespace context cluster service services
  queue queues channel topic db database table schema cache tmp temp home data model prompt system trace stats metrics pid
  lock wait follow tail head list show print save load reload update upgrade install remove delete add create start stop
  skip check test dev prod production development strict safe fast slow text raw plain stdin from to in on off of at for and
  or not use set get headless api app web http https ws socket unix tcp udp ipv`.split(/\s+/),
);

/**
 * Is what follows a secret's name another option, and not the secret? One base64url token in 64 starts with a dash, so
 * only what consists of words that options are made of is one. `secrecy`: for a name that may be a mere switch, whatever
 * looks like an option is one.
 */
export function isOption(word: string, secrecy: Secrecy): boolean {
  if (/^-{1,2}$/.test(word) || /^-\w{1,2}$/.test(word) || /^--?[A-Za-z][\w.-]{0,60}=[^=]/.test(word)) {
    return true;
  }
  if (word.length > 80) return false;
  const name = /^--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(word)?.[1];
  if (name === undefined) return false;
  return (
    ((secrecy === 'ambiguous' || secrecy === 'perhaps') && !/\d/.test(name)) ||
    name.split('-').every((part) => COMMON_OPTIONS.has(part))
  );
}
