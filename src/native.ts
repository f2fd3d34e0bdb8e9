/**
 * The native helper's own process: questions that only native code can answer. A crash, or a call that does not return,
 * costs an answer, and closing a file here drops no lock of the extension host.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveNative } from './os/native/serve';

serveNative(join(dirname(fileURLToPath(import.meta.url)), '..'));
