/** Programs whose options and operands carry secrets under names that mean something else elsewhere: `-p`, `-u`, `-a`. */

export interface ProgramRule {
  /** Options whose next argument is a secret. */
  next?: ReadonlySet<string>;
  /** Options whose next argument, or rest, is a login: hidden where it has a password in it (`ann:hunter2`). */
  login?: ReadonlySet<string>;
  /** Options whose next argument is a cookie or the file of cookies. */
  cookie?: ReadonlySet<string>;
  /** Options with the secret right behind them: `mysql -phunter2`. */
  glued?: readonly string[];
  /** Only behind one of these words: `docker login -p`, but `docker run -p 80:80`. */
  after?: readonly string[];
  /** Which operands behind this word (of the program itself: an empty text) are secrets; the first is 1. */
  operands?: {
    behind: string;
    at: readonly number[];
    /** An option that takes the place of an operand. */ instead?: RegExp;
  };
  /** Options that have a secret's name and take no value. */
  switches?: ReadonlySet<string>;
  /** An operand that is a secret's name announces the next operand: `npm config set _authToken x`. */
  sets?: true;
  /** Ends at its first operand, which is the program that it runs. */
  runs?: true;
  /** `scott/tiger@db`. */
  slashLogin?: true;
}

type Listed = 'next' | 'login' | 'cookie' | 'glued' | 'switches';

interface Row extends Omit<ProgramRule, Listed>, Partial<Record<Listed, string>> {
  programs: string;
}

const ROWS: readonly Row[] = [
  {
    programs: `mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlslap mysqlbinlog mysqlpump mysqlsh mariadb
      mariadb-dump mariadb-admin mariadb-check mydumper myloader xtrabackup mariabackup`,
    glued: '-p',
  },
  { programs: 'mycli', glued: '-p', next: '-p --pass' },
  {
    programs: 'mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop',
    next: '-p',
    glued: '-p',
  },
  { programs: 'redis-cli valkey-cli keydb-cli', next: '-a', sets: true },
  {
    programs: 'cqlsh mosquitto_rr twine yt-dlp youtube-dl rabbitmqadmin pkcs11-tool ncftp ncftpget ncftpput',
    next: '-p',
  },
  { programs: 'mosquitto_pub mosquitto_sub ipmitool sqlcmd bcp osql tsql', next: '-P', glued: '-P' },
  { programs: 'sqlplus sqlldr expdp impdp rman sqlcl', slashLogin: true },
  { programs: 'influx', next: '-t -password' },
  {
    programs: 'ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn vsql',
    next: '-w',
    glued: '-w',
  },
  { programs: 'ldappasswd', next: '-w -s -a', glued: '-w -s -a' },
  { programs: 'etcdctl', login: '--user' },
  {
    programs: 'curl curlie',
    login: '-u -U -E --user --proxy-user --cert --proxy-cert',
    cookie: '-b',
    next: '--oauth2-bearer --tlspassword',
  },
  { programs: 'http https xh xhs httpie hey lwp-request', login: '-a' },
  { programs: 'ab', login: '-A -P', cookie: '-C' },
  { programs: 'lftp smbclient rpcclient smbget smbmap winexe net', login: '-u -U' },
  { programs: 'sshpass', next: '-p', glued: '-p', runs: true },
  { programs: 'ssh-keygen', next: '-N -P' },
  { programs: 'rdesktop evil-winrm crackmapexec netexec nxc hydra', next: '-p', glued: '-p' },
  { programs: 'xfreerdp wfreerdp xfreerdp3 sdl-freerdp', glued: '/p: -p:' },
  {
    programs: 'snmpwalk snmpget snmpset snmpgetnext snmpbulkget snmpbulkwalk snmptable',
    next: '-c -A -X',
    glued: '-c',
  },
  { programs: 'zip unzip', next: '-P', glued: '-P' },
  { programs: '7z 7za 7zr 7zz rar unrar', glued: '-p -hp' },
  { programs: 'openssl', next: '-k -K' },
  { programs: 'signtool', next: '/p' },
  { programs: 'security', next: '-w' },
  {
    programs: 'docker podman nerdctl buildah skopeo helm oras crane regctl oc az cf argocd minikube',
    next: '-p',
    after: ['login'],
  },
  { programs: 'gh', next: '-b --body', after: ['secret'] },
  { programs: 'dotnet nuget', next: '-k', after: ['push'] },
  { programs: 'vercel', next: '-t' },
  { programs: 'swaks', next: '-ap' },
  { programs: 'sendemail', next: '-xp' },
  {
    programs: 'aws npm pnpm yarn poetry git pip gcloud heroku snap',
    sets: true,
    after: ['config', 'configure', 'set'],
  },
  { programs: 'nmcli ngrok', sets: true },
  { programs: 'pulumi', switches: '--secret', operands: { behind: 'set', at: [2] } },
  { programs: 'kubectl oc', next: '--from-literal', glued: '--from-literal=', after: ['secret'] },
  { programs: 'vault cargo', operands: { behind: 'login', at: [1] } },
  { programs: 'snyk', operands: { behind: 'auth', at: [1] } },
  { programs: 'rabbitmqctl', operands: { behind: 'add_user', at: [2] } },
  { programs: 'rabbitmqctl', operands: { behind: 'change_password', at: [2] } },
  { programs: 'mc mcli', operands: { behind: 'set', at: [3, 4] } },
  { programs: 'wpa_passphrase', operands: { behind: '', at: [2] } },
  { programs: 'htpasswd', operands: { behind: '', at: [3], instead: /^-[A-Za-z]*n/ } },
];

const listOf = (text: string | undefined): ReadonlySet<string> | undefined =>
  text === undefined ? undefined : new Set(text.split(/\s+/));

function rulesByProgram(): ReadonlyMap<string, readonly ProgramRule[]> {
  const found = new Map<string, ProgramRule[]>();
  for (const { programs, next, login, cookie, glued, switches, ...rest } of ROWS) {
    const lists = { next, login, cookie, switches };
    const rule: ProgramRule = { ...rest, ...(glued === undefined ? {} : { glued: glued.split(' ') }) };
    for (const [key, text] of Object.entries(lists)) {
      const list = listOf(text);
      if (list !== undefined) Object.assign(rule, { [key]: list });
    }
    for (const program of programs.split(/\s+/)) found.set(program, [...(found.get(program) ?? []), rule]);
  }
  return found;
}

const RULES = rulesByProgram();

/** What is known of the program that a word of a command line names. */
export function rulesOf(word: string): readonly ProgramRule[] | undefined {
  if (word.length > 1024) return undefined;
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);
  return RULES.get(name.toLowerCase().replace(/\.exe$/, ''));
}
