/** The kernel's list of mounts, for what is to be checked apart. */
import type { MountSource } from '../apart/mounts';
import { mayNotAnswer, parseMountInfo } from './procfs/mountinfo';
import { readText } from './procfs/read';

export const linuxMounts: MountSource = {
  read: () => {
    const text = readText('/proc/self/mountinfo', 16 << 20);
    return typeof text === 'string' ? text : undefined;
  },
  parse: (text) =>
    [...parseMountInfo(text).values()].map(({ id, parent, mountPoint, fsType }) => ({
      id,
      parent,
      point: mountPoint,
      type: fsType,
    })),
  mayNotAnswer,
};
