import { expect, test } from 'vitest';
import { apartByFolder } from '../../../src/model/settings/apartNames';
import type { Service } from '../../../src/model/service';

const service = (name: string, folder: string | undefined): Service => ({
  id: `setting:${folder ?? ''}:${name}`,
  name,
  lockFiles: [],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index: 0, folder },
});
const names = new Map([
  ['/w/one', 'one'],
  ['/w/two', 'two'],
]);
const apart = (...services: Service[]): string[] =>
  apartByFolder(services, (path) => names.get(path)).map(({ name }) => name);

/** A preset found it. */
const found = (name: string): Service => ({
  ...service(name, undefined),
  origin: { kind: 'preset', preset: 'x' },
});

test('tells services of one name apart by their folders', () => {
  expect(apart(service('api', '/w/one'), service('api', '/w/two'))).toEqual(['api (one)', 'api (two)']);
});

test('changes no other name, and no id', () => {
  const [one, two] = [service('api', '/w/one'), service('web', '/w/two')];
  expect(apartByFolder([one, two], (path) => names.get(path))).toEqual([one, two]);
  expect(apart(one, service('api', '/w/two'), two)).toEqual(['api (one)', 'api (two)', 'web']);
  expect(apartByFolder([one, service('api', '/w/two')], (path) => names.get(path))[0]?.id).toBe(one.id);
});

test('asks for the name of no folder but those that name a service', () => {
  const all = [found('api'), service('api', undefined), service('api', '/w/one')];
  const asked: string[] = [];
  const called = apartByFolder(all, (path) => {
    asked.push(path);
    return names.get(path);
  });
  expect(called.map(({ name }) => name)).toEqual(['api', 'api', 'api (one)']);
  expect(asked).toEqual(['/w/one']);
});

test('leaves alone what has no folder, or one without a name, or what is in one folder alone', () => {
  expect(apart(service('api', undefined), service('api', '/w/one'))).toEqual(['api', 'api (one)']);
  expect(apart(service('api', '/elsewhere'), service('api', '/w/two'))).toEqual(['api', 'api (two)']);
  expect(apart(service('api', '/w/one'), service('api', '/w/one'))).toEqual(['api', 'api']);
});
