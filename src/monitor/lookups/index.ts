/** Finds who uses a path or a port, and what a process is: asked once, nothing is watched. Loaded when first asked. */
import { homedir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import * as l10n from '@vscode/l10n';
import { platformName } from '../../os/system';
import type { Platform } from '../../os/platform';
import type { UserFinder } from '../../os/users';
import { compareUsers, type Base, type UseAnswer, type UseQuestion } from '../../model/users';
import type { Lookup } from './lookup';
import { lookAtHeld, lookAtPath } from './path';
import { lookAtPid, lookAtPort } from './process';
import { UserList } from './userList';
import type { Watch } from '../watch';

export interface LookupDeps {
  watch: Pick<Watch, 'inspect' | 'heldLocks'>;
  platform: Platform;
  onProgress: (id: number, done: number, all: number) => void;
}

export class Lookups {
  readonly #deps: LookupDeps;
  readonly #running = new Map<number, AbortController>();

  constructor(deps: LookupDeps) {
    this.#deps = deps;
  }

  async ask(id: number, question: UseQuestion): Promise<UseAnswer> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const { watch, platform, onProgress } = this.#deps;
    try {
      const users = await platform.users?.();
      const list = new UserList();
      const lookup: Lookup = {
        ...{
          watch,
          platform: platformName(),
          apart: platform.apart,
          listeners: platform.listeners,
          users,
          list,
          signal: controller.signal,
        },
        onProgress: (done, all) => onProgress(id, done, all),
      };
      const found = await answer(lookup, question);
      return {
        takenAt: Date.now(),
        ...found,
        users: list.users(users).sort(compareUsers),
        ...list.sentences,
      };
    } finally {
      this.#running.delete(id);
    }
  }

  /** What was found by then is the answer. */
  cancel(id: number): void {
    this.#running.get(id)?.abort();
  }
}

async function answer(
  lookup: Lookup,
  question: UseQuestion,
): Promise<Omit<UseAnswer, 'takenAt' | 'users' | 'unknown' | 'notes' | 'commands'>> {
  switch (question.kind) {
    case 'path':
      return lookAtPath(lookup, absolute(question.path, question.base, lookup.users), question);
    case 'held':
      return lookAtHeld(lookup, question, folderOf(question.base, lookup.users));
    case 'pid':
      lookAtPid(lookup, question.named);
      return {};
    case 'port':
      await lookAtPort(lookup, question.port);
      return {};
  }
}

/** @throws where it is relative and nothing says to what. */
function absolute(path: string, base: Base | undefined, users: UserFinder | undefined): string {
  if (path === '~' || /^~[/\\]/.test(path)) return join(homedir(), path.slice(1));
  if (isAbsolute(path)) return normalize(path);
  const folder = folderOf(base, users);
  if (folder === undefined) {
    throw new Error(l10n.t('“{0}” is a relative path, and the folder that it starts from is unknown.', path));
  }
  return join(folder, path);
}

const folderOf = (base: Base | undefined, users: UserFinder | undefined): string | undefined =>
  (base?.shell === undefined ? undefined : users?.workingDirectoryOf(base.shell)) ?? base?.folder;
