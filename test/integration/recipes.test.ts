import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seenOnce, service } from '../fixtures/observe';
import { holdersOf, isRunning } from '../fixtures/proc';
import { withStage } from '../fixtures/stage';
import {
  notRun,
  recipeFile,
  recipes,
  recipesFolder,
  removeBuilt,
  startRecipe,
  whyNot,
} from '../recipes/recipes';

afterAll(removeBuilt);

const firstLine = (file: string): string => fs.readFileSync(file, 'utf8').split('\n')[0] ?? '';

for (const recipe of recipes) {
  describe(`the recipe for ${recipe.title}`, () => {
    const reason = whyNot(recipe.needs);

    it('holds the lock in the process that does the work, and records its pid', async (context) => {
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const { pid, actor } = await startRecipe(stage, recipe.command(lock));
        expect(pid).toBe(actor.pid);
        expect(holdersOf(lock)).toEqual([pid]);
        expect(fs.readFileSync(lock, 'utf8')).toBe(`${pid}\n`);
      });
    });

    it('refuses a second start, names the holder and leaves its record alone', async (context) => {
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const first = await startRecipe(stage, recipe.command(lock));
        const before = fs.statSync(lock, { bigint: true });
        const [command = '', ...args] = recipe.command(lock);
        const contender = await stage.startCommand(command, args, { roles: [] });
        expect(await contender.exited).toEqual({ code: 75, signal: null });
        expect(contender.stderr).toContain(`${lock} is locked by pid ${first.pid}`);
        const after = fs.statSync(lock, { bigint: true });
        expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
        expect(firstLine(lock)).toBe(String(first.pid));
        expect(holdersOf(lock)).toEqual([first.pid]);
      });
    });

    it('is free after SIGKILL although a child lives on, and starts again', async (context) => {
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const first = await startRecipe(stage, recipe.command(lock));
        await first.actor.killHard();
        expect(isRunning(first.helper)).toBe(true);
        expect(holdersOf(lock)).toEqual([]);
        const second = await startRecipe(stage, recipe.command(lock));
        expect(holdersOf(lock)).toEqual([second.pid]);
        expect(fs.readFileSync(lock, 'utf8')).toBe(`${second.pid}\n`);
      });
    });

    it('replaces a longer record completely', async (context) => {
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.file('bot.lock', '4194304 and more that an older version wrote\nsecond line\n');
        const { pid } = await startRecipe(stage, recipe.command(lock));
        expect(fs.readFileSync(lock, 'utf8')).toBe(`${pid}\n`);
      });
    });

    it('is shown held with its pid, and free when killed, never stale', async (context) => {
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const { pid, actor } = await startRecipe(stage, recipe.command(lock));
        const bot = service('bot', { lockFiles: [lock] });
        const healthy = await seenOnce(bot);
        expect(healthy.state).toBe('held');
        expect(healthy.lockFiles[0]?.holders.map((holder) => holder.pid)).toEqual([pid]);
        // flock(1) took a shell's lock and has exited: that is said, and nothing worse.
        expect(healthy.findings.filter(({ severity }) => severity !== 'information')).toEqual([]);
        await actor.killHard();
        const killed = await seenOnce(bot);
        expect(killed.state).toBe('free');
        expect(killed.findings).toEqual([]);
      });
    });
  });
}

/**
 * Somebody deletes and recreates the lock file between the guard's open and its lock: made to happen on the first
 * open by a shim around what the recipe calls.
 */
describe('a lock file that is replaced between open and lock', () => {
  const lockedIsNamed = (lock: string, pid: number): void => {
    expect(holdersOf(lock)).toEqual([pid]); // of the inode that the path names now
    expect(fs.readFileSync(lock, 'utf8')).toBe(`${pid}\n`);
  };

  it('is noticed by the Python recipe', async (context) => {
    const reason = whyNot(['python3']);
    if (reason !== undefined) context.skip(reason);
    await withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const program = [
        'import os, sys, runpy',
        'real, opened = os.open, []',
        'def hostile(path, *rest):',
        '    fd = real(path, *rest)',
        '    if path == sys.argv[1] and not opened:',
        '        opened.append(fd); os.unlink(path); os.close(real(path, os.O_CREAT | os.O_WRONLY, 0o644))',
        '        print("replaced", flush=True)',
        '    return fd',
        'os.open = hostile',
        `runpy.run_path(${JSON.stringify(recipeFile('single_instance.py'))}, run_name='__main__')`,
      ].join('\n');
      const { pid, actor } = await startRecipe(stage, ['python3', '-c', program, lock]);
      expect(actor.lines[0]).toBe('replaced');
      lockedIsNamed(lock, pid);
    });
  });

  it('is noticed by the Node recipe', async (context) => {
    const reason = whyNot([]);
    if (reason !== undefined) context.skip(reason);
    await withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const shim = stage.file(
        'shim.mjs',
        `import fs from 'node:fs';
         const open = fs.openSync;
         fs.openSync = (path, ...rest) => {
           const fd = open(path, ...rest);
           if (path === process.argv[2]) {
             fs.openSync = open;
             fs.unlinkSync(path);
             fs.writeFileSync(path, '');
             console.log('replaced');
           }
           return fd;
         };`,
      );
      const { pid, actor } = await startRecipe(stage, [
        process.execPath,
        '--import',
        shim,
        recipeFile('single-instance.mjs'),
        lock,
      ]);
      expect(actor.lines[0]).toBe('replaced');
      lockedIsNamed(lock, pid);
    });
  });

  /** Replaces the file that LOCK names when it is first opened through the C library; Go makes its system calls itself. */
  const SHIM = String.raw`
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int opened(const char *name, const char *path, int flags, va_list rest) {
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  int fd = real(path, flags, va_arg(rest, int));
  const char *lock = getenv("LOCK");
  if (lock && !strcmp(path, lock) && fd >= 0) {
    unsetenv("LOCK");
    unlink(path);
    close(real(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    if (write(1, "replaced\n", 9) != 9) abort();
  }
  return fd;
}
#define AS(name) int name(const char *path, int flags, ...) { va_list rest; va_start(rest, flags); \
  int fd = opened(#name, path, flags, rest); va_end(rest); return fd; }
AS(open)
AS(open64)
`;

  for (const { title, needs, command } of recipes.filter(({ title: name }) => /^(?:Rust|Java) /.test(name))) {
    it(`is noticed by ${title}`, async (context) => {
      const reason = whyNot([...needs, 'cc']);
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const shim = stage.path('shim.so');
        const source = stage.file('shim.c', SHIM);
        const cc = spawnSync('cc', ['-shared', '-fPIC', '-o', shim, source, '-ldl'], { encoding: 'utf8' });
        expect(`${cc.status} ${cc.stderr}`).toBe('0 ');
        const { pid, actor } = await startRecipe(stage, command(lock), { LOCK: lock, LD_PRELOAD: shim });
        expect(actor.lines[0]).toBe('replaced');
        lockedIsNamed(lock, pid);
      });
    });
  }

  for (const script of ['single-instance.sh', 'run-once.sh'] as const) {
    it(`is noticed by ${script}`, async (context) => {
      const reason = whyNot(['bash', 'flock']);
      if (reason !== undefined) context.skip(reason);
      await withStage(async (stage) => {
        const lock = stage.path('bot.lock');
        const shim = stage.file(
          'bin/flock',
          '#!/bin/sh\n[ -e "$LOCK.seen" ] || { : > "$LOCK.seen"; rm "$LOCK"; : > "$LOCK"; }\n' +
            'PATH=${PATH#*:} exec flock "$@"\n',
        );
        fs.chmodSync(shim, 0o755);
        const rest =
          script === 'run-once.sh'
            ? ['bash', '-c', 'sleep 600 9>&- & echo "running as pid $$, helper $!"; wait']
            : [];
        const { pid } = await startRecipe(stage, [recipeFile(script), lock, ...rest], {
          LOCK: lock,
          PATH: `${stage.path('bin')}:${process.env['PATH'] ?? ''}`,
        });
        expect(fs.existsSync(`${lock}.seen`)).toBe(true);
        lockedIsNamed(lock, pid);
      });
    });
  }
});

describe('the page of the recipes', () => {
  const page = fs.readFileSync(path.join(recipesFolder, '..', 'recipes.md'), 'utf8');
  const rowOf = (file: string): string =>
    page.split('\n').find((line) => line.startsWith('|') && line.includes(`(recipes/${file})`)) ?? '';

  it('names every file, and says of each that no test runs that it is not run', () => {
    const files = fs.readdirSync(recipesFolder);
    expect(files.filter((file) => rowOf(file) === '')).toEqual([]);
    const said = files.filter((file) => rowOf(file).includes('not run'));
    expect(said.sort()).toEqual(Object.keys(notRun).sort());
  });

  it('has no recipe that neither a test runs nor the page excuses', () => {
    const sources = ['test/recipes/recipes.ts', 'test/integration/recipes.test.ts'].map((file) =>
      fs.readFileSync(path.join(recipesFolder, '..', '..', file), 'utf8'),
    );
    const isNamed = (file: string): boolean =>
      sources.some((text) => text.includes(`recipeFile('${file}')`) || text.includes(`'${file}'`));
    expect(fs.readdirSync(recipesFolder).filter((file) => !isNamed(file))).toEqual([]);
  });
});

describe('what the recipes warn about', () => {
  it('a fork without exec does not keep the Python recipe’s lock', async (context) => {
    const reason = whyNot(['python3']);
    if (reason !== undefined) context.skip(reason);
    await withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const program = [
        'import os, sys, signal',
        `sys.path.insert(0, ${JSON.stringify(recipeFile('.'))})`,
        'sys.dont_write_bytecode = True',
        'import single_instance',
        'single_instance.acquire(sys.argv[1])',
        'child = os.fork()',
        'if child: print(f"running as pid {os.getpid()}, helper {child}", flush=True)',
        'signal.pause()',
      ].join('\n');
      const { pid, helper, actor } = await startRecipe(stage, ['python3', '-c', program, lock]);
      expect(holdersOf(lock)).toEqual([pid]);
      await actor.killHard();
      expect(isRunning(helper)).toBe(true);
      expect(holdersOf(lock)).toEqual([]);
    });
  });

  it('a shell child without 9>&- does keep the lock: the line in the recipe is what prevents it', async (context) => {
    const reason = whyNot(['bash', 'flock']);
    if (reason !== undefined) context.skip(reason);
    await withStage(async (stage) => {
      const lock = stage.path('bot.lock');
      const careless = fs.readFileSync(recipeFile('single-instance.sh'), 'utf8').replace(' 9>&- &', ' &');
      const script = stage.file('careless.sh', careless);
      const { actor, helper } = await startRecipe(stage, ['bash', script, lock]);
      await actor.killHard();
      expect(holdersOf(lock)).toEqual([helper]);
    });
  });

  it('require-lock.mjs refuses to run when nobody took the lock for it', async (context) => {
    const reason = whyNot([]);
    if (reason !== undefined) context.skip(reason);
    await withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const args = [recipeFile('require-lock.mjs'), lock];
      const started = await stage.startCommand(process.execPath, args, { roles: [] });
      expect((await started.exited).code).toBe(1);
      expect(started.stderr).toContain(`start it with: run-once.sh ${lock} node`);
    });
  });

  it('systemd accepts the unit', async (context) => {
    const reason = whyNot(['systemd-analyze']);
    if (reason !== undefined) context.skip(reason);
    await withStage((stage) => {
      // systemd-analyze wants the programs to exist; the unit's own are where the reader will install them.
      const unit = fs
        .readFileSync(recipeFile('bot.service'), 'utf8')
        .replace('/usr/local/bin/run-once.sh', recipeFile('run-once.sh'));
      const file = stage.file('bot.service', unit);
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      });
      expect(`${status} ${stderr}`).toBe('0 ');
      return Promise.resolve();
    });
  });
});
