/** What the ports of services cost a steady tick: 20 servers that hold a lock each, watched without and with their ports. */
import { execFileSync } from 'node:child_process';
import { Stage } from '../fixtures/stage';
import type { PortFigures } from './portTick';
import { bundle, thisRevision } from './revision';
import { atLeast, atMost, type Row } from './table';

const SERVICES = 20;

export async function portRows(folder: string): Promise<Row[]> {
  const program = await bundle('portTick.ts', folder, thisRevision);
  const stage = Stage.open();
  try {
    const entries = await Promise.all(
      Array.from({ length: SERVICES }, async (_, index) => {
        const lockFile = stage.path(`server-${index}.lock`);
        const server = await stage.start('dev_server', ['--lock', lockFile], { cwd: `server-${index}` });
        return { lockFile, port: Number(server.ready('server')['port']) };
      }),
    );
    const out = execFileSync(process.execPath, [program], { input: JSON.stringify(entries) });
    const figures = JSON.parse(out.toString()) as PortFigures;
    const name = `${SERVICES} services with ports`;
    return [
      atMost(`${name}: steady tick against the same without, CPU`, figures.with / figures.without, 1.3, '×', {
        note: `${figures.with} / ${figures.without} µs`,
      }),
      atLeast(`${name}: listeners found to be instances`, figures.found, SERVICES, '', { digits: 0 }),
      atMost(`${name}: services that changed in steady ticks`, figures.changed, 0, '', { digits: 0 }),
    ];
  } finally {
    await stage.close();
  }
}
