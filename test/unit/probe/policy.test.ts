import { describe, expect, it } from 'vitest';
import { shouldProbe, type ProbeQuestion } from '../../../src/os/probe/policy';

const hidden: ProbeQuestion = {
  policy: 'auto',
  file: 'file',
  existence: false,
  knownHeld: false,
  certainty: 'unknown',
};

describe('the probe policy', () => {
  it('probes a file whose lock nothing passive could have shown', () => {
    expect(shouldProbe(hidden)).toEqual({ probe: true, isPassive: false });
  });

  it('reads, and does not probe, what the lock table shows', () => {
    expect(shouldProbe({ ...hidden, certainty: 'certain' })).toEqual({ probe: false, because: 'known' });
  });

  it('probes what the table calls free only when told to do so always', () => {
    expect(shouldProbe({ ...hidden, policy: 'always', certainty: 'certain' })).toEqual({
      probe: true,
      isPassive: false,
    });
  });

  it.each(['auto', 'always'] as const)('never probes a file known to be held (%s)', (policy) => {
    expect(shouldProbe({ ...hidden, policy, knownHeld: true })).toEqual({ probe: false, because: 'known' });
  });

  it.each(['auto', 'always'] as const)('never probes a lock by existence (%s)', (policy) => {
    expect(shouldProbe({ ...hidden, policy, existence: true })).toEqual({
      probe: false,
      because: 'existence',
    });
  });

  it.each(['directory', 'symlink', 'special', 'absent', 'unreadable'] as const)(
    'never opens a path that is %s',
    (file) => {
      expect(shouldProbe({ ...hidden, policy: 'always', file })).toEqual({
        probe: false,
        because: 'notAFile',
      });
    },
  );

  it.each(['cifs', 'smb2', 'smb3', 'smbfs'])(
    'never probes on %s, where a probe would refuse the service its own writes',
    (fileSystem) => {
      for (const policy of ['auto', 'always'] as const) {
        expect(shouldProbe({ ...hidden, policy, fileSystem })).toEqual({
          probe: false,
          because: 'mandatory',
        });
      }
    },
  );

  it.each(['nfs', 'nfs4'])(
    'asks on %s without taking a lock, and takes one only when told to probe always',
    (fileSystem) => {
      expect(shouldProbe({ ...hidden, fileSystem })).toEqual({ probe: true, isPassive: true });
      expect(shouldProbe({ ...hidden, policy: 'always', fileSystem })).toEqual({
        probe: true,
        isPassive: false,
      });
    },
  );

  it.each(['9p', 'fuse.sshfs', 'virtiofs'])('probes on %s as before', (fileSystem) => {
    expect(shouldProbe({ ...hidden, fileSystem })).toEqual({ probe: true, isPassive: false });
  });

  it('probes nothing when told never to', () => {
    expect(shouldProbe({ ...hidden, policy: 'never' })).toEqual({ probe: false, because: 'never' });
  });
});
