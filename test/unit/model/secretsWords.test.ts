import { describe, expect, it } from 'vitest';
import { hideSecretsInArgv } from '../../../src/model/secrets/index';

/** The words of the line, each `«…»` a secret; what is hidden of it. */
const shownOf = (line: string): string => hideSecretsInArgv(line.replace(/[«»]/g, '').split(' ')).join(' ');
const hidden = (line: string): string => line.replace(/«[^»]*»/g, '***');

describe('of a command line, exactly the secret is hidden', () => {
  it.each([
    // A scheme is no token, and a password may be called like one.
    'bot --token Bearer «abc» x',
    'bot --auth Bearer /etc/token x',
    'bot --token basic «abc»',
    'bot --password «basic» x',
    'sshpass -p «basic» ssh -p 22 h',
    'tool.exe /password «basic» x',
    'signtool sign /p «basic» a.exe',
    // What was taken for a value may be a flag whose own value follows; a label is none.
    'bot --password «--my-secret» «swordfish» x',
    'bot --password «token:» x',
    // A word of HTTP before a token, and in prose.
    'bot Bearer «abc» x',
    'bot Bearer /etc/token',
    'bot bearer «hunter2hunter2» x',
    'bot bearer market',
    'bot Basic «YW5uOmh1bnRlcg» x',
    'bot Basic training',
    'bot basic hunter2hunter2',
    'bot token: «abc» x',
    'bot token abc',
    'bot nothing: abc',
    // Another command begins behind what separates two of them, and nowhere else.
    'mysql db ; ssh -p22 h',
    'mysql db && ssh -p22 h',
    'mysql db | ssh -p22 h',
    'mysql x; -p«hunter2»',
    'mysql |x -p«hunter2»',
    'mysql db -p«hunter2» ; mysql -p«swordfish»',
    // An option in the place of a login or a cookie announces its own value.
    'curl -u --my-token «hunter2» h',
    'curl -b --my-token «hunter2» h',
    'curl -u --anything ann:x h',
    // A login has a password; what a shell fills in is none.
    'curl --user=«ann:hunter2» h',
    'curl --user=ann h',
    'curl --user=$USER:$PASSWORD h',
    'curl --user: h',
    'curl -u$USER:${PASSWORD} h',
    'curl -u«ann:hunter2» h',
    'curl -uann h',
    'curl -u $USER:$PASSWORD -b jar h',
    'curl --other=ann:x h',
    'lftp -u «ann,hunter2» h',
    'smbclient -U «ann%hunter2» //h/s',
  ])('%s', (line) => {
    expect(shownOf(line)).toBe(hidden(line));
  });
});

describe('what a program is given', () => {
  it.each([
    // Operands are counted; `-` is one, and the first word of a name is where the counting begins.
    'htpasswd -b - ann «hunter2» x',
    'htpasswd -b file ann «hunter2» x',
    'htpasswd -nb ann «hunter2» x',
    'htpasswd --note ann x',
    'vault login «abcdef» x',
    'vault status x',
    'vault kv get login',
    'cargo build login',
    'rabbitmqctl add_user ann «hunter2» x',
    'rabbitmqctl list_users ann x',
    'rabbitmqctl change_password ann «hunter2» x',
    'mc ls set',
    'mc alias set x https://h «ACCESSKEY1» «hunter2hunter2» S3v4',
    'pulumi config set --secret set «hunter2»',
    'pulumi config set --secret name «hunter2» x',
    'wpa_passphrase Home «hunter2» x',
    'vault login method=userpass x',
    // Behind its value a name is glued to nothing.
    'xfreerdp /u:ann /p:«hunter2» /v:h',
    'xfreerdp /p: /v:h',
    'xfreerdp -p:«hunter2» -v:h',
    'mysql -p -h db',
    'mysql --port 3306 --protocol tcp',
    // A user and a password, a script, another program's path.
    'sqlplus scott/«tiger@db» @scripts/x.sql',
    'sqlplus @scripts/x.sql',
    'sqlplus / as sysdba',
    'sqlplus scott',
    'curl ann/x',
    // A name as an operand announces the next one only where something is set.
    'npm config set _authToken «abcdef» x',
    'npm run token x',
    'git log token x',
    'aws configure get token',
    'redis-cli auth «hunter2» x',
    'redis-cli get name x',
    'docker login -p «hunter2» h',
    'docker run -p 80:80 login',
    'gh secret set NAME -b «hunter2»',
    'gh pr create -b text',
    'ssh h docker login -p «hunter2» h',
    // Whichever way its path is written.
    '/usr/bin/mysql -p«hunter2»',
    'C:\\bin\\MySQL.exe -p«hunter2»',
    'mysql.exe.bak -phunter2',
    'mysqlx -phunter2',
    'my.exesql -phunter2',
  ])('is hidden exactly where it is a secret: %s', (line) => {
    expect(shownOf(line)).toBe(hidden(line));
  });

  it('is found behind many operands, and behind a long name', () => {
    const many = Array.from({ length: 40 }, (_, at) => `x${at}`).join(' ');
    expect(shownOf(`docker ${many} login -p «hunter2»`)).toBe(`docker ${many} login -p ***`);
    const name = `//registry.example/${'a/'.repeat(80)}:_authToken`;
    expect(shownOf(`npm config set ${name} «hunter2»`)).toBe(`npm config set ${name} ***`);
  });

  it('is not looked for in a word that is too long for a program', () => {
    const argv = [`${'x'.repeat(1019)}/mysql`, '-phunter2'];
    expect(hideSecretsInArgv(argv)).toEqual(argv);
    expect(hideSecretsInArgv([`${'x'.repeat(1018)}/mysql`, '-phunter2'])[1]).toBe('-p***');
  });
});
