/** What a record is called while it is moved aside. */
import { randomBytes } from 'node:crypto';

const ASIDE = /^\.[0-9a-f]{24}\.aside$/;

/** Returns a name that no file has. */
export const newAsideName = (): string => `.${randomBytes(12).toString('hex')}.aside`;

export const isAsideName = (name: string): boolean => ASIDE.test(name);
