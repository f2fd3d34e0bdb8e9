/**
 * The actions as an ordinary user runs them, in a process of its own: `actionsAsUser <service as JSON> <target as JSON>`.
 * Prints the plan; on a line of standard input it carries out everything that may be chosen (or, if nothing may, the
 * first candidate all the same) and prints the result.
 */
import { once } from 'node:events';
import type { TerminationTarget } from '../../src/actions/index';
import type { Service } from '../../src/model/service';
import { patient, Rig } from './actionsRig';

async function main(): Promise<void> {
  const [service = '', target = ''] = process.argv.slice(2);
  const rig = new Rig([JSON.parse(service) as Service]);
  const plan = await rig.actions.planTermination('service', JSON.parse(target) as TerminationTarget);
  process.stdout.write(`${JSON.stringify({ plan })}\n`);
  await once(process.stdin, 'data');
  const offered = plan.candidates.filter(({ refusal }) => refusal === undefined);
  const selected = (offered.length > 0 ? offered : plan.candidates).map(({ id }) => id);
  const result = await rig.actions.terminate(plan.id, selected.slice(0, 1), patient);
  process.stdout.write(`${JSON.stringify({ result, log: rig.log })}\n`);
  process.exit(0);
}

void main();
