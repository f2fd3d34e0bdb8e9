/**
 * The words of a text as a shell reads them, quotes taken off. Log lines and titles are prose as well: an apostrophe
 * (`can't`) opens nothing, and neither does a quote that nothing closes.
 */

export interface ShellWord {
  /** Where it stands in the text. */
  start: number;
  end: number;
  /** What the program would get. */
  value: string;
  /** Quotes or backslashes were taken off. */
  isQuoted: boolean;
  /** Another command begins with it. */
  begins: boolean;
  /** ... and behind it. */
  ends: boolean;
}

/** One pass over a text. */
class Reader {
  readonly #text: string;
  /** Of each quote, the last one: nothing closes behind it. */
  readonly #last: Readonly<Record<string, number>>;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#last = { '"': text.lastIndexOf('"'), "'": text.lastIndexOf("'") };
  }

  *words(): Generator<ShellWord> {
    let begins = true;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (/\s/.test(char)) {
        begins ||= char === '\n';
        this.#at++;
        continue;
      }
      const word = this.#word(begins);
      begins = word.ends;
      yield word;
    }
  }

  #word(begins: boolean): ShellWord {
    const text = this.#text;
    const start = this.#at;
    let value = '';
    let isQuoted = false;
    while (this.#at < text.length) {
      const char = text[this.#at] ?? '';
      if (/\s/.test(char)) break;
      if (char === '\\' && this.#at + 1 < text.length) {
        // Before a letter it is a path of Windows, or an escape of another language.
        if (/\w/.test(text[this.#at + 1] ?? '')) value += char;
        else isQuoted = true;
        value += text[this.#at + 1] ?? '';
        this.#at += 2;
      } else if (this.#opens(char, start)) {
        isQuoted = true;
        value += this.#quoted(char);
      } else {
        value += char;
        this.#at++;
      }
    }
    const isCommand = begins || value.startsWith('$(') || value.startsWith('`');
    return {
      start,
      end: this.#at,
      value,
      isQuoted,
      begins: isCommand,
      ends: !isQuoted && value.endsWith(';'),
    };
  }

  #opens(char: string, start: number): boolean {
    const last = this.#last[char];
    if (last === undefined || this.#at >= last) return false;
    return this.#text[start] === '-' || !/[\w.,!?)\]}]/.test(this.#text[this.#at - 1] ?? '');
  }

  /** From the opening quote to behind the closing one. */
  #quoted(quote: string): string {
    const text = this.#text;
    let value = '';
    for (this.#at++; this.#at < text.length; this.#at++) {
      const char = text[this.#at] ?? '';
      if (char === quote) {
        this.#at++;
        break;
      }
      if (char === '\\' && quote === '"' && /["\\$`]/.test(text[this.#at + 1] ?? '')) {
        this.#at++;
        value += text[this.#at] ?? '';
      } else {
        value += char;
      }
    }
    return value;
  }
}

export const shellWords = (text: string): Iterable<ShellWord> => new Reader(text).words();
