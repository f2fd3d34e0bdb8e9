/** Programs that listen in place of others. */
import type { ProcessFacts } from '../facts';
import { programOf } from './program';
import { words } from './programNames';

const ACTIVATORS = words('systemd init inetd xinetd launchd');

const FORWARDERS = words(
  // Ports of containers and virtual machines.
  `docker-proxy rootlessport rootlesskit slirp4netns pasta pasta.avx2 passt conmon gvproxy vpnkit com.docker.backend
  wslrelay limactl kube-proxy` +
    // Tunnels.
    ` ssh sshd autossh dropbear socat ncat nc kubectl oc kubefwd telepresence cloudflared ngrok frpc frps chisel gost bore
    wstunnel tailscaled devtunnel cloud-sql-proxy cloud_sql_proxy session-manager-plugin rinetd redir stunnel stunnel4
    sslh hitch tor` +
    // Reverse proxies, and servers that pass on what they do not serve themselves.
    ` nginx openresty angie haproxy caddy traefik envoy apache2 httpd lighttpd varnishd squid pound h2o nghttpx sozu
    relayd litespeed lshttpd openlitespeed tinyproxy mitmproxy mitmdump mitmweb kong linkerd2-proxy pilot-agent` +
    // In front of databases.
    ` pgbouncer pgpool pgcat odyssey proxysql mysqlrouter maxscale nutcracker`,
);

const isOneOf = (process: ProcessFacts, names: ReadonlySet<string>): boolean =>
  names.has(process.comm) || names.has(programOf(process).name);

/** Reports whether the process holds a socket for a service that it starts when a connection comes. */
export const isActivator = (process: ProcessFacts): boolean => isOneOf(process, ACTIVATORS);

/** Reports whether the process passes connections on to another program, a container or another machine. */
export const isForwarder = (process: ProcessFacts): boolean => isOneOf(process, FORWARDERS);
