/** A command line word by word: which option or operand is followed by a secret, or carries one. */
import { secrecyOf, type Secrecy } from './names';
import { rulesOf, type ProgramRule } from './programs';
import { isHarmless, isOption } from './values';

/** What is to be shown of a word: all of it, or so many of its first characters. */
type Shown = 'all' | number;

type Announced = Secrecy | 'login' | 'cookie';

const SCHEME = /^(?:bearer|basic|token|digest|apikey|negotiate)$/i;

/** `$USER:$PASSWORD` of a shell. */
const REFERENCES = /^(?:[:%,]|\$\{?\w+\}?)+$/;

const isLogin = (value: string): boolean => /[:%,]/.test(value) && !REFERENCES.test(value);

/** `--token`, `-key`, `token:`, `"token":` */
const LABEL = /^(?:-{1,2}([A-Za-z][\w.-]{0,127})|["'{,]{0,3}([A-Za-z_][\w-]{0,127})["']?:)$/;

/** PowerShell and Windows: `/password hunter2`. */
const SLASH_FLAG = /^\/(?:password|passwd|pwd|pass|token|apikey)$/i;

const NO_RULES: readonly ProgramRule[] = [];

export class WordReader {
  #rules = NO_RULES;
  #announced: Announced | undefined;
  readonly #hasLabels: boolean;
  /** Operands of the program, as far as a rule may ask for them. */
  readonly #seen = new Map<string, number>();
  #operands = 0;

  /** `hasLabels`: the words are arguments, so that `token:` is one of its own, and not prose. */
  constructor(options: { hasLabels: boolean }) {
    this.#hasLabels = options.hasLabels;
  }

  /** What follows is another command. */
  separate(): void {
    this.#enter(NO_RULES);
  }

  read(word: string): Shown {
    const announced = this.#announced;
    this.#announced = undefined;
    if (/^[|&;]+$/.test(word)) {
      this.separate();
      return 'all';
    }
    if (announced !== undefined && !this.#isOptionHere(word, announced)) {
      return this.#announcedWord(word, announced);
    }
    return word.startsWith('-') && word.length > 1 ? this.#option(word) : this.#operand(word);
  }

  #isOptionHere(word: string, announced: Announced): boolean {
    return isOption(word, announced === 'login' || announced === 'cookie' ? 'ambiguous' : announced);
  }

  #announcedWord(word: string, announced: Announced): Shown {
    if (announced === 'login' || announced === 'cookie') {
      const isSecret = announced === 'login' ? isLogin(word) : word.includes('=');
      return isSecret ? 0 : 'all';
    }
    if (SCHEME.test(word) && announced !== 'password') {
      this.#announced = 'token';
      return 'all';
    }
    if (isHarmless(word, announced)) return 'all';
    // What was taken for a value may be a flag itself, and its own value comes next.
    if (word.startsWith('-')) this.#announced = this.#announcedBy(word);
    return 0;
  }

  #option(word: string): Shown {
    for (const rule of this.#rules) {
      if (rule.after !== undefined && !rule.after.some((one) => this.#seen.has(one))) continue;
      if (rule.operands?.instead?.test(word) === true) this.#operands += 1;
      if (rule.switches?.has(word) === true) return 'all';
      const equals = word.indexOf('=');
      const isNamed = equals !== -1 && rule.login?.has(word.slice(0, equals)) === true;
      if (isNamed && isLogin(word.slice(equals + 1))) return equals + 1;
      const start = this.#gluedAt(rule, word);
      if (start !== undefined) return start;
      if (rule.next?.has(word) === true) this.#announced = 'password';
      else if (rule.login?.has(word) === true) this.#announced = 'login';
      else if (rule.cookie?.has(word) === true) this.#announced = 'cookie';
    }
    this.#announced ??= this.#announcedBy(word);
    return 'all';
  }

  #gluedAt({ glued, login }: ProgramRule, word: string): number | undefined {
    const prefix = glued?.find((one) => word.length > one.length && word.startsWith(one));
    if (prefix !== undefined) return prefix.length;
    const short = word.slice(0, 2);
    return login?.has(short) === true && isLogin(word.slice(2)) ? 2 : undefined;
  }

  #announcedBy(word: string): Secrecy | undefined {
    const [, flag, label] = LABEL.exec(word) ?? [];
    const name = flag ?? label;
    return name === undefined ? undefined : secrecyOf(name);
  }

  #operand(word: string): Shown {
    const rules = rulesOf(word);
    if (rules !== undefined) {
      this.#enter(rules);
      return 'all';
    }
    if (word === 'Bearer') this.#announced = 'token';
    else if (word === 'bearer' || word === 'Basic') this.#announced = 'perhaps';
    else if (SLASH_FLAG.test(word)) this.#announced = 'password';
    else if (this.#hasLabels) this.#announced = this.#announcedBy(word);
    const shown = this.#ruled(word);
    this.#operands += 1;
    if (this.#rules.length > 0 && !this.#seen.has(word)) {
      this.#seen.set(word, this.#operands);
    }
    if (this.#rules.some(({ runs }) => runs === true)) this.separate();
    return shown;
  }

  /** An operand of a program that is known. */
  #ruled(word: string): Shown {
    for (const rule of this.#rules) {
      const { operands, glued, sets, slashLogin, after, next } = rule;
      // Options of Windows begin with a slash.
      if (next?.has(word) === true) this.#announced = 'password';
      if (operands !== undefined && !word.includes('=')) {
        const from = operands.behind === '' ? 0 : this.#seen.get(operands.behind);
        if (from !== undefined && operands.at.includes(this.#operands + 1 - from)) return 0;
      }
      const slash = glued?.find((one) => word.length > one.length && word.startsWith(one));
      if (slash !== undefined) return slash.length;
      if (slashLogin === true && /^[^/\s@]{1,64}\/[^/\s@]/.test(word)) return word.indexOf('/') + 1;
      if (sets === true && (after === undefined || after.some((one) => this.#seen.has(one)))) {
        this.#announced ??= secrecyOf(word.slice(word.lastIndexOf(':') + 1));
      }
    }
    return 'all';
  }

  #enter(rules: readonly ProgramRule[]): void {
    this.#rules = rules;
    this.#seen.clear();
    this.#operands = 0;
    this.#announced = undefined;
  }
}
