/** The variables by which two runs were told different things. */
import type { RunFacts } from '../processes/runFacts';

/** Whoever has none was started without a login, or at no desktop; that chooses nothing. */
const OF_A_LOGIN =
  /^(?:USER|USERNAME|LOGNAME|SUDO_USER|DISPLAY|WAYLAND_DISPLAY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|KRB5CCNAME|QT_QPA_PLATFORM)$/;

/** What a process manager tells each of its programs, so that a run by hand has none of it; `sign`: what all of them have. */
const MANAGERS: readonly { sign: string; names: RegExp }[] = [
  {
    sign: 'pm_id',
    names:
      /^(?:pm2?_\w+|PM2_\w+|name|namespace|exec_mode|status|unique_id|instances|instance_var|node_version|version|versioning|km_link|vizion\w*|auto(?:restart|start)|watch|treekill|windowsHide|username|kill_retry_time|exit_code|created_at|restart_time|unstable_restarts|axm_\w+|filter_env|env|prev_restart_delay|merge_logs|pmx|automation|args|node_args|cron_restart|time|NODE_APP_INSTANCE)$/,
  },
  { sign: 'SUPERVISOR_ENABLED', names: /^SUPERVISOR_\w+$/ },
];

/** Returns the names of the variables that choose and are not the same, sorted; those of which one run was not read: none. */
export function otherSettings({ settings: a }: RunFacts, { settings: b }: RunFacts): string[] {
  if (a === undefined || b === undefined) {
    return [];
  }
  const managed = MANAGERS.filter(({ sign }) => a.has(sign) !== b.has(sign));
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => {
      const [x, y] = [a.get(name), b.get(name)];
      const isMissing = x === undefined || y === undefined;
      const isOfStart = OF_A_LOGIN.test(name) || managed.some(({ names }) => names.test(name));
      return x !== y && !(isMissing && isOfStart);
    })
    .sort();
}
