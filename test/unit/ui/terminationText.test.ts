import { describe, expect, it } from 'vitest';
import type { TerminationCandidate } from '../../../src/actions/index';
import { candidateDetail, choicePlaceholder } from '../../../src/ui/text/dialogs/terminationText';

const candidate = (more: Partial<TerminationCandidate> = {}): TerminationCandidate => {
  const root = { pid: 4242, command: 'python3 bot.py', holds: [], ports: [] };
  return {
    id: '4242:1',
    role: 'duplicate',
    counted: true,
    root,
    processes: [root],
    preselected: false,
    ...more,
  };
};
const owner = candidate({ role: 'owner' });

describe('the pick of what should end', () => {
  it('says why nothing is ticked', () => {
    const asked = (...all: TerminationCandidate[]): string => choicePlaceholder(all);
    expect(asked(owner, candidate())).toBe('No duplicate is proven: select the instances to terminate');
    expect(asked(candidate(), candidate())).toBe('No clear owner: select the instances to terminate');
    expect(asked(candidate({ role: 'possibleDuplicate' }))).toBe(
      'No clear owner: select the instances to terminate',
    );
  });

  it('only asks where something is ticked, or where the user has said whom', () => {
    expect(choicePlaceholder([owner, candidate({ preselected: true })])).toBe(
      'Select the instances to terminate',
    );
    expect(choicePlaceholder([candidate({ role: 'holder' })])).toBe('Select the instances to terminate');
  });

  it('shows the proof before the command, whose end is cut', () => {
    const proofText = 'not proven: it has another directory';
    expect(candidateDetail(candidate({ proofText }))).toBe(`${proofText} · python3 bot.py`);
    expect(candidateDetail(candidate())).toBe('python3 bot.py');
    expect(candidateDetail(candidate({ proofText, refusal: 'It is left alone.' }))).toBe('It is left alone.');
  });
});
