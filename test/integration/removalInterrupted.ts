/** A clean-up in a worker thread, which says when the record is aside and then waits to be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { Rig, service } from './actionsRig';

const { record, storage } = workerData as { record: string; storage: string };
const rig = new Rig([service({ pidFiles: [record] })], {
  cleanUpFolder: storage,
  wait: () => {
    parentPort?.postMessage('aside');
    return new Promise(() => setInterval(() => undefined, 1e6));
  },
});
const plan = await rig.actions.planCleanUp(['service']);
await rig.actions.cleanUp(
  plan.id,
  plan.items.map(({ id }) => id),
);
