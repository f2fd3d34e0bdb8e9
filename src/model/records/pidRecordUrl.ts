/** The address that a record names for a browser. What it says is opened, so that it may be nothing but http or https. */
import { hideSecrets } from '../secrets/index';

type Fields = Readonly<Record<string, unknown>>;

/** Longer ones are no address of a server that someone starts by hand. */
const LIMIT = 512;

/** Scheme, host and port, then the path; what begins with `?` or `#` may carry a token, and is left out. */
const ADDRESS =
  /^(https?):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?((?:\/[A-Za-z0-9._~/-]*)?)(?:[?#]|$)/;

/** Addresses to listen on, which no browser can ask for. */
const ANY_ADDRESS = /^(?:0\.0\.0\.0|\[::\])$/;

/**
 * Returns the address as it may be opened, or undefined: another scheme, credentials, a path with a secret, or
 * characters that no server of this kind writes.
 */
export function openableUrl(text: string): string | undefined {
  const [, scheme, host, port = '', path = ''] = (text.length <= LIMIT ? ADDRESS.exec(text) : null) ?? [];
  if (scheme === undefined || host === undefined || Number(port.slice(1)) > 65_535) {
    return undefined;
  }
  const url = `${scheme}://${ANY_ADDRESS.test(host) ? 'localhost' : host}${port}${path === '' ? '/' : path}`;
  return hideSecrets(url) === url ? url : undefined;
}

/** Next.js writes `appUrl`, Nuxt and vinext `url`, Astro `urls` with a list each of local and network addresses. */
export function recordedUrl(fields: Fields): string | undefined {
  const texts = [fields['appUrl'], fields['url'], ...listed(fields['urls'])];
  for (const text of texts) {
    const url = typeof text === 'string' ? openableUrl(text) : undefined;
    if (url !== undefined) {
      return url;
    }
  }
  return undefined;
}

function listed(urls: unknown): readonly unknown[] {
  if (Array.isArray(urls)) {
    return urls;
  }
  if (typeof urls !== 'object' || urls === null) {
    return [];
  }
  const { local, network } = urls as Fields;
  return [local, network].flat();
}
