/**
 * Command lines as programs are really started, each secret in guillemets. Secrets that have a published shape are put
 * together here, so that no scanner takes this file for a leak.
 */

/** Letters and digits of no meaning. */
const any = (length: number): string => 'q7Zk3Vx9Lm2Wc8Rt5Yb1Nd6Hf4Js0Pg'.repeat(8).slice(0, length);
const hex = (length: number): string => '9f3a7c1e5b8d2046'.repeat(16).slice(0, length);
const upper = (length: number): string =>
  any(3 * length)
    .replace(/[a-z]/g, '')
    .slice(0, length);

const of = (...parts: readonly string[]): string => parts.join('');

const openAi = of('sk-', 'proj', '-', any(40));
const anthropic = of('sk-', 'ant', '-api03-', any(60), '-AA');
const gitHub = of('gh', 'p', '_', any(36));
const gitHubServer = of('gh', 's', '_', any(36));
const gitHubFine = of('github', '_pat_', any(22), '_', any(50));
const gitLab = of('gl', 'pat', '-', any(20));
const slackBot = of('xo', 'xb', '-123456789012-1234567890123-', any(24));
const slackUser = of('xo', 'xp', '-123456789012-123456789012-', hex(32));
const slackApp = of('xa', 'pp', '-1-A01BCDEFG-1234567890123-', hex(40));
const awsId = of('AK', 'IA', upper(16));
const awsTemporary = of('AS', 'IA', upper(16));
const awsSecret = `${any(20)}/${any(12)}+${any(6)}`;
const google = of('AI', 'za', any(35));
const googleAccess = of('ya', '29', '.a0', any(60));
const jwt = of('ey', 'J', 'hbGciOiJIUzI1NiJ9.ey', 'J', 'zdWIiOiIxMjM0In0.', any(43));
const telegram = `987654321:AA${any(33)}`;
const discordBot = `M${any(23)}.${any(6)}.${any(27)}`;
const npmToken = of('np', 'm_', any(36));
const huggingFace = of('h', 'f_', any(34));
const stripe = of('sk', '_live_', any(24));
const stripeRestricted = of('rk', '_live_', any(24));
const stripeHook = of('wh', 'sec_', any(32));
const sendGrid = of('S', 'G.', any(22), '.', any(43));
const digitalOcean = of('dop', '_v1_', hex(64));
const vault = of('hv', 's.', any(24));
const docker = of('dckr', '_pat_', any(27));
const pypi = of('py', 'pi-Ag', 'EIcHlwaS5vcmc', any(60));
const age = of('AGE', '-SECRET-KEY-', '1', upper(58));
const groq = of('gs', 'k_', any(52));
const grafana = of('gl', 'sa_', any(32), '_', hex(8));
const databricks = of('da', 'pi', hex(32));
const tailscale = of('ts', 'key-auth-', any(12), '-', any(24));
const shopify = of('shp', 'at_', hex(32));
const twilio = of('S', 'K', hex(32));
const mailgun = of('key', '-', hex(32));
const openAiOld = of('s', 'k-', any(48));
const elevenLabs = of('s', 'k_', hex(48));
const googleClient = of('GOC', 'SPX-', any(28));
const googleRefresh = of('1/', '/0', any(40));
const alibaba = of('LT', 'AI', any(20));
const rubyGems = of('ruby', 'gems_', hex(48));
const replicate = of('r', '8_', any(37));
const xAi = of('xa', 'i-', any(80));
const brevo = of('xkey', 'sib-', hex(64));
const linear = of('lin', '_api_', any(40));
const notion = of('nt', 'n_', any(46));
const atlassian = of('AT', 'ATT', '3xFfGF0', any(60));
const newRelic = of('NR', 'AK-', upper(27));
const postman = of('PM', 'AK-', hex(24), '-', hex(34));
const facebook = of('EA', 'A', any(100));
const twitch = of('li', 've_123456789_', any(30));
const slackHook = `T01ABCDEF/B01ABCDEF/${any(24)}`;
const discordHook = `123456789012345678/${any(68)}`;
const privateKey = of('PRIVATE', ' KEY');
const pemBody = `${any(64)}\n${any(64)}\n${any(30)}==`;

/** Each with its secrets marked: `«…»`. */
export const leaking: readonly (readonly string[])[] = [
  // Names, as options
  ['bot', '--token', '«hunter2-token»'],
  ['bot', '--token=«hunter2-token»'],
  ['bot', '-token', '«hunter2-token»'],
  ['bot', '--Token', '«hunter2-token»'],
  ['bot', '--openai-key', '«hunter2-value»'],
  ['bot', '--openai-key', `«${openAi}»`],
  ['bot', '--stripe_key=«hunter2-value»'],
  ['bot', '--signing-key', '«hunter2-value»'],
  ['bot', '--pwd', '«hunter2-value»'],
  ['bot', '--pw', '«hunter2-value»'],
  ['bot', '--passphrase', '«correct horse battery»'],
  ['bot', '--pass', '«hunter2»'],
  ['bot', '--auth', '«hunter2»'],
  ['bot', '--bearer', '«abcdef»'],
  ['bot', '--secret', '«hunter2»'],
  ['bot', '--client-secret', '«hunter2»'],
  ['bot', '--credential', '«hunter2»'],
  ['bot', '--credentials', '«ann:hunter2»'],
  ['bot', '--private-key', `«${any(44)}»`],
  ['bot', '--auth-key', '«hunter2»'],
  ['bot', '--authkey', '«hunter2»'],
  ['bot', '--apiKey', '«hunter2»'],
  ['bot', '--apikey=«hunter2»'],
  ['bot', '--x-api-key', '«hunter2»'],
  ['bot', '--db-password', '«hunter2»'],
  ['bot', '--dbpass', '«hunter2»'],
  ['bot', '--userpass=«hunter2»'],
  ['bot', '--admin_passwd', '«hunter2»'],
  ['bot', '--cookie', '«session=abcdef»'],
  ['bot', '--session-token', '«abcdefgh»'],
  ['bot', '--session', `«${hex(32)}»`],
  ['bot', '--jwt', '«abcdefgh»'],
  ['bot', '--access-token', `«${googleAccess}»`],
  ['bot', '--password1', '«hunter2»'],
  ['bot', '--token-prod', '«hunter2»'],
  ['bot', '--basic-auth', '«ann:hunter2»'],
  ['bot', '--webhook-secret', '«hunter2»'],
  ['bot', '--encryption-key', `«${hex(64)}»`],
  ['bot', '--license-key', '«ABCD-1234-EFGH»'],
  ['bot', '--wifi-psk', '«hunter2hunter2»'],
  ['bot', '--mnemonic', '«zebra lunch ocean»'],
  ['bot', '--seed-phrase', '«zebra lunch ocean»'],
  ['bot', '--recovery-phrase=«zebra lunch ocean»'],
  ['java', '-Dspring.datasource.password=«hunter2»', '-jar', 'app.jar'],
  ['java', '-Dkey=«hunter2»', 'Main'],
  ['gradle', '-PsigningKey=«hunter2»', 'publish'],
  ['keytool', '-list', '-keystore', 'a.jks', '-storepass', '«hunter2»'],
  ['jarsigner', '-keypass', '«hunter2»', 'a.jar', 'ann'],
  ['pwsh', 'login.ps1', '-Password', '«hunter2»'],
  ['tool.exe', '/password:«hunter2»'],
  ['tool.exe', '/password', '«hunter2»'],
  ['wget', '--http-passwd=«hunter2»', 'https://example.com'],
  ['wget', '--http-password', '«hunter2»', 'https://example.com'],
  // A secret that begins with a dash: one base64url token in 64
  ['bot', '--token', '«--abc»', 'x'],
  ['bot', '--token', '«-abcdefgh»'],
  ['bot', '--token', '«--Abc_DEF-ghi»', '--verbose'],
  ['bot', '--password', '«-hunter2»'],
  ['bot', '--api-key', '«--hunter2-hunter2»', '--password', '«swordfish»'],
  ['bot', '--token', '--password', '«swordfish»'],
  ['bot', '--token', '--bot-secret', '«swordfish»'],
  ['bot', '--token', '«--hunter2-api»'],
  // Variables
  ['env', 'ANTHROPIC_KEY=«hunter2»', 'bot'],
  ['env', `ANTHROPIC_API_KEY=«${anthropic}»`, 'bot'],
  ['env', 'SECRET_KEY_BASE=«abcdefgh»', 'rails', 'server'],
  ['env', 'PGPASSWORD=«hunter2»', 'psql', '-h', 'db'],
  ['env', 'MYSQL_PWD=«hunter2»', 'mysql'],
  ['env', 'TELEGRAM_BOT_TOKEN=«hunter2-token»', 'bot'],
  ['env', `AWS_ACCESS_KEY_ID=«${awsId}»`, `AWS_SECRET_ACCESS_KEY=«${awsSecret}»`, 'aws', 's3', 'ls'],
  ['env', `AWS_ACCESS_KEY_ID=«${awsTemporary}»`, `AWS_SESSION_TOKEN=«IQoJb3JpZ2lu${any(60)}»`, 'bot'],
  ['env', 'SSH_PASS=«hunter2»', 'bot'],
  ['env', 'RESTIC_PASSWORD=«hunter2 swordfish;x»', 'restic', 'backup'],
  ['env', 'GITHUBTOKEN=«hunter2»', 'bot'],
  ['env', 'API_TOKEN_V2=«hunter2»', 'bot'],
  ['env', 'REDIS_AUTH=«hunter2»', 'bot'],
  ['env', 'DJANGO_SECRET=«hunter2»', 'bot'],
  ['env', `GITHUB_PAT=«${any(30)}»`, 'bot'],
  ['env', 'DATABASE_URL=postgres://«u:hunter2»@h/d', 'bot'],
  ['docker', 'run', '-e', 'TOKEN=«hunter2»', '-p', '80:80', 'image'],
  ['docker', 'run', '-eTOKEN=«hunter2»', 'image'],
  ['docker', 'run', '--env=DB_PASSWORD=«hunter2»', 'image'],
  // Values that show by themselves what they are
  ['bot', `«${openAi}»`],
  ['bot', `--config=x,«${anthropic}»`],
  ['bot', `«${gitHub}»`],
  ['bot', `«${gitHubServer}»`],
  ['bot', `«${gitHubFine}»`],
  ['bot', `«${gitLab}»`],
  ['bot', `«${slackBot}»`],
  ['bot', `«${slackUser}»`, `«${slackApp}»`],
  ['bot', `«${awsId}»`],
  ['bot', `«${google}»`],
  ['bot', `«${googleAccess}»`],
  ['bot', `«${jwt}»`],
  ['bot', `«${jwt.slice(0, 30)}»`],
  ['bot', `«${telegram}»`],
  ['bot', `«${telegram.slice(0, 20)}»`],
  ['curl', `https://api.telegram.org/bot«${telegram}»/getMe`],
  ['curl', `https://api.telegram.org/bot«${telegram.slice(0, 14)}»`],
  ['bot', `«${discordBot}»`],
  ['bot', `«${npmToken}»`],
  ['bot', `«${huggingFace}»`],
  ['bot', `«${stripe}»`, `«${stripeRestricted}»`, `«${stripeHook}»`],
  ['bot', `«${sendGrid}»`],
  ['bot', `«${digitalOcean}»`],
  ['bot', `«${vault}»`],
  ['bot', `«${docker}»`],
  ['bot', `«${pypi}»`],
  ['bot', `«${age}»`],
  ['bot', `«${groq}»`, `«${grafana}»`],
  ['bot', `«${databricks}»`, `«${shopify}»`],
  ['tailscale', 'up', `«${tailscale}»`],
  ['bot', `«${twilio}»`, `«${mailgun}»`],
  ['bot', `«${of('sk-', 'proj', '-AAAABBBBCCCC')}»`],
  ['bot', `«${openAiOld}»`, `«${elevenLabs}»`],
  ['bot', `«${googleClient}»`, `«${googleRefresh}»`, `«${alibaba}»`],
  ['bot', `«${rubyGems}»`, `«${replicate}»`, `«${xAi}»`],
  ['bot', `«${brevo}»`, `«${linear}»`, `«${notion}»`],
  ['bot', `«${atlassian}»`, `«${newRelic}»`, `«${postman}»`],
  ['bot', `«${facebook}»`],
  ['ffmpeg', '-f', 'flv', `rtmp://live.example/app/«${twitch}»`],
  ['notify', `https://hooks.slack.com/services/«${slackHook}»`],
  ['bot', '--webhook', `https://hooks.slack.com/services/«${slackHook}»`],
  ['notify', `https://discord.com/api/webhooks/«${discordHook}»`],
  ['bot', `-----BEGIN RSA ${privateKey}-----\n«${pemBody}»\n-----END RSA PRIVATE KEY-----`],
  ['bot', `--tls=-----BEGIN ${privateKey}-----\n«${pemBody}»\n-----END PRIVATE KEY-----`],
  ['bot', `-----BEGIN OPENSSH ${privateKey}-----\\n«${any(60)}»\\n`],
  [
    'bot',
    '-----BEGIN',
    'EC',
    'PRIVATE',
    'KEY-----',
    `«${any(64)}»`,
    `«${hex(40)}»==`,
    '-----END',
    'EC',
    'PRIVATE',
    'KEY-----',
  ],
  // Headers
  ['curl', '-H', `Authorization: token «${gitHub.slice(0, 14)}»`],
  ['curl', '-H', 'Authorization: Basic «YW5uOmh1bnRlcg==»'],
  ['curl', '-H', 'Authorization: Bearer «abcdefgh»'],
  ['curl', '-H', 'authorization: «abcdefgh»'],
  ['curl', '-H', 'Authorization: Digest «username="ann", response="6629fae49393a05397450978507c4ef1"»'],
  ['curl', '-H', 'Proxy-Authorization: Basic «YW5uOmh1bnRlcg==»'],
  ['curl', '-H', 'X-Api-Key: «abc123»'],
  ['curl', '-HX-Api-Key: «abc123»'],
  ['curl', '-H', 'Cookie: «session=abcdef; csrf=ghijkl»'],
  ['curl', '-HCookie: «session=abcdef»'],
  ['curl', '--header=X-Auth-Token: «abc123»'],
  ['curl', '--header', 'X-Vault-Token: «abc123»'],
  ['curl', '--header', 'Private-Token: «abc123»'],
  ['curl', '-H', 'X-Amz-Security-Token: «abc123»'],
  ['curl', '-H', 'apikey: «abc123»'],
  ['http', 'example.com', 'X-API-Key:«abc123»'],
  ['http', 'example.com', 'Authorization:Bearer «abc123»'],
  ['bot', 'Authorization:', 'Bearer', '«abc123»'],
  ['bot', 'X-Api-Key:', '«hunter2»'],
  ['wrk', '-H', 'Authorization: Bearer «abc123»', 'http://h/'],
  ['websocat', '-H=Authorization: Bearer «abc123»', 'ws://h/'],
  ['git', '-c', 'http.extraHeader=Authorization: Basic «YW5uOmh1bnRlcg==»', 'fetch'],
  // URLs
  ['bot', 'https://x.example/y?sig=«abcdef»&token=«ghijkl»'],
  ['bot', 'https://x.example/y?a=1&api_key=«abcdef»#b'],
  ['bot', 'https://x.example/cb#access_token=«abcdef»&expires_in=3600'],
  ['bot', 'https://x.example/cb?code=«abcdef»&state=1'],
  ['bot', 'https://s3.amazonaws.com/b/k?X-Amz-Credential=«abcdef»&X-Amz-Signature=«ghijkl»&X-Amz-Expires=60'],
  ['azcopy', 'copy', 'a', 'https://x.blob.core.windows.net/c?sv=2024-01-01&sig=«abc%2Bdef»&se=2026'],
  ['bot', 'https://x.example/login?next=%2Fa%3Ftoken%3D«abcdef»%26b%3D1'],
  ['bot', 'https://x.example/?key=«abcdef»'],
  ['psql', 'postgres://«u:hunter2»@h/d'],
  ['bot', 'mongodb://«u:hunter2»@h:27017/d', 'amqp://«guest:hunter2»@mq//'],
  ['bot', 'redis://«:hunter2»@h:6379/0'],
  ['bot', 'postgres://«u:hun/ter@2»@h/d'],
  ['bot', 'https://«hunter2hunter2»@sentry.example/1'],
  ['git', 'clone', `https://«x-access-token:${gitHub}»@github.com/a/b`],
  ['ffmpeg', '-i', 'rtsp://«admin:hunter2»@cam/1'],
  ['pip', 'install', '--index-url', 'https://«ann:hunter2»@pypi.example/simple', 'x'],
  // JSON, YAML, code and connection strings in an argument
  ['bot', '{"token":"«abcdef»","x":1}'],
  ['bot', '{"auth": {"apiKey": "«abcdef»", "user": "ann"}}'],
  ['bot', '{"password":"«a\\"b c»","x":1}'],
  ['bot', '"{\\"token\\":\\"«abcdef»\\",\\"x\\":1}"'],
  ['bot', "{'secret': '«abcdef»', 'x': 1}"],
  ['bot', '{token: «abcdef», x: 1}'],
  ['bot', '--args=["--token","«abcdef»"]'],
  ['bot', 'user: ann\npassword: «hunter2»\nport: 1'],
  ['node', '-e', 'fetch("x",{headers:{token:"«abcdef»"}})'],
  ['node', '-e', 'run({ apiKey: `«abcdef»` })'],
  ['python3', '-c', "import os; os.environ['API_TOKEN']='«abcdef»'; main()"],
  ['python3', '-c', 'connect(host="h", password="«hunter2»")'],
  ['bot', '--dsn', 'Server=x;Uid=sa;Password=«hunter2»;Encrypt=yes'],
  ['bot', 'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=«abcdef+ghi/jkl==»;EndpointSuffix=y'],
  ['bot', 'host=h user=u password=«hunter2» dbname=d'],
  ['bot', "host=h password='«hunter 2»' dbname=d"],
  ['mount', '-t', 'cifs', '-o', 'username=ann,password=«hunter2»,uid=1000', '//h/s', '/mnt'],
  ['bot', '<login><password>«hunter2»</password></login>'],
  ['curl', '-d', 'grant_type=password&username=ann&password=«hunter2»&scope=x', 'https://x.example'],
  ['curl', '-d', 'user[password]=«hunter2»', 'https://x.example'],
  ['helm', 'upgrade', 'x', '.', '--set', 'auth.rootPassword=«hunter2»', '--set-string', 'a.token=«abcdef»'],
  ['ansible-playbook', 'a.yml', '--extra-vars', 'ansible_become_password=«hunter2» port=1'],
  ['ansible-playbook', 'a.yml', '-e', '{"db_password": "«hunter2»"}'],
  ['terraform', 'apply', '-var', 'db_password=«hunter2»', '-var=token=«abcdef»'],
  ['vault', 'kv', 'put', 'secret/x', 'password=«hunter2»'],
  ['kubectl', 'create', 'secret', 'generic', 'x', '--from-literal=user=«hunter2»'],
  ['kubectl', '--token', '«abcdef»', 'get', 'pods'],
  ['jupyter', 'lab', '--ServerApp.token=«abcdef»', '--IdentityProvider.token', '«ghijkl»'],
  // Options that only their program gives this meaning
  ['curl', '-u', '«ann:hunter2»', 'https://x.example'],
  ['curl', '-u«ann:hunter2»', 'https://x.example'],
  ['curl', '--user', '«ann:hunter2»', 'https://x.example'],
  ['curl', '--proxy-user=«ann:hunter2»', 'https://x.example'],
  ['curl', `https://api.stripe.com/v1/charges`, '-u', `«${stripe}:»`],
  ['curl', '-b', '«sid=abcdef»', 'https://x.example'],
  ['curl', '--oauth2-bearer', '«abcdef»', 'https://x.example'],
  ['curl', '-E', '«cert.pem:hunter2»', 'https://x.example'],
  ['http', '-a', '«ann:hunter2»', 'example.com'],
  ['mysql', '-uroot', '-p«hunter2»', 'db'],
  ['/usr/bin/mysqldump', '-h', 'db', '-p«hunter2»', 'db'],
  ['docker', 'exec', '-it', 'db', 'mysql', '-p«hunter2»'],
  ['sudo', '-u', 'ann', 'mysql', '-p«hunter2»'],
  ['sshpass', '-p', '«hunter2»', 'ssh', '-p', '22', 'h'],
  ['sshpass', '-p«hunter2»', 'scp', 'a', 'h:'],
  ['redis-cli', '-h', 'h', '-p', '6379', '-a', '«hunter2»', 'ping'],
  ['redis-cli', 'AUTH', '«hunter2»'],
  ['redis-cli', 'CONFIG', 'SET', 'requirepass', '«hunter2»'],
  ['redis-server', '--requirepass', '«hunter2»', '--port', '6379'],
  ['redis-server', '--masterauth', '«hunter2»'],
  ['mongosh', '-u', 'ann', '-p', '«hunter2»', 'h/d'],
  ['mosquitto_pub', '-u', 'ann', '-P', '«hunter2»', '-t', 'a'],
  ['ldapsearch', '-D', 'cn=x', '-w', '«hunter2»'],
  ['smbclient', '//h/s', '-U', '«ann%hunter2»'],
  ['lftp', '-u', '«ann,hunter2»', 'h'],
  ['openssl', 'rsa', '-in', 'a.pem', '-passin', 'pass:«hunter2»'],
  ['openssl', 'enc', '-aes-256-cbc', '-k', '«hunter2»', '-in', 'a'],
  ['openssl', 'rsa', '-passin', 'pass:«swordfish»'],
  ['openssl', 'pkcs12', '-password', 'pass:«swordfish»'],
  ['openssl', 'genrsa', '-passout', 'pass:«swordfish;x y»'],
  ['gpg', '--batch', '--passphrase', '«hunter2»', '-d', 'a.gpg'],
  ['7z', 'a', '-p«SECRET12»', 'a.7z', 'b'],
  ['rar', 'a', '-hp«SECRET12»', 'a.rar', 'b'],
  ['zip', '-P', '«hunter2»', 'a.zip', 'b'],
  ['docker', 'login', '-u', 'ann', '-p', '«hunter2»', 'registry.example'],
  ['helm', 'registry', 'login', 'h', '-u', 'ann', '-p', '«hunter2»'],
  ['az', 'login', '-u', 'ann', '-p', '«hunter2»'],
  ['ssh-keygen', '-t', 'ed25519', '-N', '«hunter2»', '-f', 'k'],
  ['plink', '-pw', '«hunter2»', 'h'],
  ['xfreerdp', '/u:ann', '/p:«hunter2»', '/v:h'],
  ['snmpwalk', '-v2c', '-c', '«hunter2»', 'h'],
  ['ipmitool', '-H', 'h', '-U', 'ann', '-P', '«hunter2»', 'power'],
  ['sqlcmd', '-S', 'h', '-P', '«hunter2»'],
  ['sqlplus', 'scott/«hunter2»@db'],
  ['npm', 'config', 'set', '//registry.npmjs.org/:_authToken', '«abcdef»'],
  ['npm', '--//registry.npmjs.org/:_authToken=«abcdef»', 'publish'],
  ['aws', 'configure', 'set', 'aws_secret_access_key', '«abcdef»'],
  ['ngrok', 'config', 'add-authtoken', '«abcdef»'],
  ['nmcli', 'dev', 'wifi', 'connect', 'Home', 'password', '«hunter2»'],
  ['pulumi', 'config', 'set', '--secret', 'dbUser', '«hunter2»'],
  ['vault', 'login', '«abcdef»'],
  ['cargo', 'login', '«abcdef»'],
  ['gh', 'secret', 'set', 'NAME', '--body', '«hunter2»'],
  ['rabbitmqctl', 'add_user', 'ann', '«hunter2»'],
  ['wpa_passphrase', 'Home', '«hunter2»'],
  ['htpasswd', '-b', 'file', 'ann', '«hunter2»'],
  ['htpasswd', '-nb', 'ann', '«hunter2»'],
  ['twine', 'upload', '-u', 'ann', '-p', '«hunter2»', 'dist/x'],
  ['yt-dlp', '-u', 'ann', '-p', '«hunter2»', 'https://x.example'],
  ['mycli', '-p', '«hunter2»', 'db'],
  ['influx', 'query', '-t', '«hunter2»'],
  ['ldappasswd', '-s', '«hunter2»'],
  ['ldappasswd', '-w«hunter2»'],
  ['etcdctl', '--user', '«root:hunter2»', 'get', 'x'],
  ['ab', '-A', '«ann:hunter2»', '-C', '«sid=abcdef»', 'http://h/'],
  ['hydra', '-l', 'ann', '-p', '«hunter2»', 'h', 'ssh'],
  ['pkcs11-tool', '--login', '--pin', '«123456»'],
  ['pkcs11-tool', '--puk', '«12345678»'],
  ['pkcs11-tool', '-l', '-p', '«123456»'],
  ['signtool', 'sign', '/f', 'a.pfx', '/p', '«hunter2»', 'a.exe'],
  ['security', 'add-generic-password', '-a', 'ann', '-w', '«hunter2»'],
  ['dotnet', 'nuget', 'push', 'a.nupkg', '-k', '«hunter2»'],
  ['vercel', 'deploy', '-t', '«hunter2»'],
  ['swaks', '-au', 'ann', '-ap', '«hunter2»'],
  ['sendemail', '-xu', 'ann', '-xp', '«hunter2»'],
  ['snyk', 'auth', '«hunter2»'],
  ['rabbitmqctl', 'change_password', 'ann', '«hunter2»'],
  ['mc', 'alias', 'set', 'x', 'https://h', '«ACCESSKEY1»', '«hunter2hunter2»'],
  // Commands in a command
  ['sh', '-c', 'bot --token «abcdef» && x'],
  ['sh', '-c', 'BOT_TOKEN=«abcdef» exec bot'],
  ['bash', '-lc', "export PASSWORD='«a b;c»'; bot"],
  ['sh', '-c', 'curl -u "«ann:hunter 2»" https://x.example | jq .'],
  ['sh', '-c', 'curl -H "Authorization: Bearer «abcdef»" https://x.example'],
  ['sh', '-c', "curl -H 'Cookie: «a=b; c=d»' https://x.example"],
  ['sh', '-c', 'echo «hunter2» | docker login -u ann --password-stdin'],
  ['sh', '-c', "echo '«hunter2»' | sudo -S reboot"],
  ['sh', '-c', 'mysql -p«hunter2» < a.sql; ssh -p 22 h'],
  ['ssh', 'h', 'mysql -p«hunter2» -e "select 1"'],
  ['ssh', 'h', 'sh -c "redis-cli -a «hunter2» ping"'],
  ['tmux', 'new-session', '-d', "bot --token '«abcdef»'"],
  ['npm run bot -- --token «abcdef»'],
  ['worker: bot --password «hunter2»'],
  ['supervise', 'bot', '--', '--password', '«hunter2»'],
];

export interface Leak {
  argv: readonly string[];
  secrets: readonly string[];
}

/** Each of `leaking` without its marks, and what was marked. */
export const leaks: readonly Leak[] = leaking.map((marked) => ({
  argv: marked.map((argument) => argument.replace(/[«»]/g, '')),
  secrets: marked.flatMap((argument) =>
    [...argument.matchAll(/«([^»]*)»/g)].map(([, secret]) => secret ?? ''),
  ),
}));
