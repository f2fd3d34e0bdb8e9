/** What one question has to work with. */
import type { PlatformName } from '../../model/facts';
import type { Platform } from '../../os/platform';
import type { UserFinder } from '../../os/users';
import type { Watch } from '../watch';
import type { UserList } from './userList';

export interface Lookup {
  watch: Pick<Watch, 'inspect' | 'heldLocks'>;
  platform: PlatformName;
  apart: Platform['apart'];
  listeners: Platform['listeners'];
  users: UserFinder | undefined;
  list: UserList;
  signal: AbortSignal;
  onProgress: (done: number, all: number) => void;
}
