/**
 * Shells and wrappers that name the service only as what they run, and run something else now, or nothing:
 * `while …; do python bot.py; sleep 60; done` while it sleeps, `uv run bot.py` while it fetches. They may start the
 * service at any moment, and are no instance of it.
 */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { hasWords } from '../processes/naming';
import { isRunning } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { programOf, programOfArguments } from '../processes/program';
import { isTitle } from '../processes/title';
import { commandOf } from '../service';

const NONE: ReadonlySet<number> = new Set();

/** Is the child one of the other commands of the shell's text? What has a title may be anything. */
function isOtherCommand(wrapper: ProcessFacts, child: ProcessFacts, facts: ServiceFacts): boolean {
  if (isTitle(child)) {
    return false;
  }
  const { role, name } = programOf(child);
  if (role === 'viewer' || name === 'sleep') {
    return true;
  }
  const { process } = facts.service;
  const command = process === undefined ? undefined : commandOf(process);
  return (
    // Of a text it is known which of the commands it names.
    command?.kind === 'substring' &&
    (programOf(wrapper).inner ?? []).some(
      (inner) => programOfArguments(inner).name === name && !hasWords(inner.join(' '), command.text),
    )
  );
}

/** Returns the pids of those that may start the service, and do not run it now. */
export function idleStarters(facts: ServiceFacts, tree: ProcessTree): ReadonlySet<number> {
  if (facts.wrapping === undefined) {
    return NONE;
  }
  const matched = new Set(facts.matched);
  const wrapping = new Set(facts.wrapping);
  const seen = new Set<number>();
  const isIdle = (wrapper: ProcessFacts): boolean => {
    seen.add(wrapper.pid);
    return tree
      .children(wrapper)
      .filter(isRunning)
      .every((child) => {
        if (wrapping.has(child.pid)) return !seen.has(child.pid) && isIdle(child);
        return !matched.has(child.pid) && isOtherCommand(wrapper, child, facts);
      });
  };
  return new Set(
    facts.wrapping.filter((pid) => {
      seen.clear();
      const process = tree.get(pid);
      return process !== undefined && isIdle(process);
    }),
  );
}
