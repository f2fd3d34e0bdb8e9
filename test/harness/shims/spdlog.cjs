'use strict';
/**
 * Stands in for VS Code's native log writer (`@vscode/spdlog`), which would have to be compiled: the same functions,
 * writing the same lines to the same files, synchronously.
 */
const fs = require('node:fs');
const path = require('node:path');

const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

class Logger {
  #level = 2;
  #pattern = '[%Y-%m-%d %H:%M:%S.%e] [%l] %v';
  #file;
  #size;
  #count;

  constructor(_type, _name, file, size, count) {
    this.#file = file;
    this.#size = size;
    this.#count = count;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, '');
  }

  trace(message) {
    this.#write(0, message);
  }
  debug(message) {
    this.#write(1, message);
  }
  info(message) {
    this.#write(2, message);
  }
  warn(message) {
    this.#write(3, message);
  }
  error(message) {
    this.#write(4, message);
  }
  critical(message) {
    this.#write(5, message);
  }
  getLevel() {
    return this.#level;
  }
  setLevel(level) {
    this.#level = level;
  }
  setPattern(pattern) {
    this.#pattern = pattern;
  }
  clearFormatters() {
    this.#pattern = '%v';
  }
  flush() {}
  drop() {}

  #write(level, message) {
    if (level < this.#level) return;
    try {
      this.#rotate();
      const line = this.#format(level, message);
      // Without formatters the caller brings its own line ends.
      fs.appendFileSync(this.#file, this.#pattern === '%v' ? line : `${line}\n`);
    } catch {
      // A log that cannot be written must not end the process that logs.
    }
  }

  #format(level, message) {
    const now = new Date();
    const two = (value) => String(value).padStart(2, '0');
    const tokens = {
      Y: String(now.getFullYear()),
      m: two(now.getMonth() + 1),
      d: two(now.getDate()),
      H: two(now.getHours()),
      M: two(now.getMinutes()),
      S: two(now.getSeconds()),
      e: String(now.getMilliseconds()).padStart(3, '0'),
      l: names[level],
      v: message,
    };
    return this.#pattern.replace(/%(.)/g, (whole, token) => tokens[token] ?? whole);
  }

  #rotate() {
    if (!(this.#size > 0) || fs.statSync(this.#file).size < this.#size) return;
    const { dir, name, ext } = path.parse(this.#file);
    const nth = (n) => (n === 0 ? this.#file : path.join(dir, `${name}.${n}${ext}`));
    for (let n = this.#count - 1; n >= 0; n--) {
      if (fs.existsSync(nth(n))) fs.renameSync(nth(n), nth(n + 1));
    }
  }
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file, size, count) =>
  new Logger('rotating', name, file, size, count);
exports.createAsyncRotatingLogger = async (name, file, size, count) =>
  new Logger('rotating_async', name, file, size, count);
