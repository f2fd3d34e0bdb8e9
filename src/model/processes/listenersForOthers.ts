/** Programs that listen in place of others. */
import type { ProcessFacts } from '../facts';
import { programOf } from './program';
import { words } from './programNames';

const ACTIVATORS = words('systemd init inetd xinetd launchd');

const FORWARDERS = words(
  `docker-proxy rootlessport rootlesskit slirp4netns pasta pasta.avx2 passt conmon gvproxy vpnkit com.docker.backend ssh
  sshd socat kubectl wslrelay`,
);

const isOneOf = (process: ProcessFacts, names: ReadonlySet<string>): boolean =>
  names.has(process.comm) || names.has(programOf(process).name);

/** Reports whether the process holds a socket for a service that it starts when a connection comes. */
export const isActivator = (process: ProcessFacts): boolean => isOneOf(process, ACTIVATORS);

/** Reports whether the process passes connections on to a container or to another machine. */
export const isForwarder = (process: ProcessFacts): boolean => isOneOf(process, FORWARDERS);
