import { describe, expect, it } from 'vitest';
import { hideShapes } from '../../../src/model/secrets/shapes';

/** Text with its secrets in guillemets, as it is given and as it is to be shown. */
const given = (text: string): string => text.replace(/[«»]/g, '');
const hidden = (text: string): string => text.replace(/«[^»]*»/g, '***');
const letters = (length: number): string => 'q7Zk3Vx9Lm2Wc8Rt5Yb1Nd6Hf4Js0Pg'.repeat(4).slice(0, length);

describe('the login of a URL', () => {
  it.each([
    'x ://«ann:hunter2»@h/x',
    'https://«ann:hunter2»@h https://«hunter2»@h',
    'ssh://«ann:hunter2»@h',
    `ssh://«${'a'.repeat(33)}»@h`,
    'ssh://ann@h git+ssh://ann@h postgres://ann@h/db',
    'bssh://«ann»@h',
    'sshd://«ann»@h',
    'https://@h https://h/@x https://h:8080/a@b',
    'ann:hunter2@h',
    'redis://«:hunter2»@h',
    'amqp://«u:p/w@x»@h/v',
  ])('is hidden where it opens anything: %s', (text) => {
    expect(hideShapes(given(text))).toBe(hidden(text));
  });
});

describe('a token', () => {
  it.each([
    `/bot«123456:${letters(3)}»/getMe /bots123:x`,
    `x «123456:AA${letters(4)}» 123456:${letters(29)} 12345:AA${letters(40)}`,
    `M${letters(22)}.${letters(6)}.${letters(19)}`,
    `«M${letters(22)}.${letters(6)}.${letters(20)}»`,
    `xM${letters(22)}.${letters(6)}.${letters(20)}`,
    `https://hc-ping.com/«${letters(8)}» x`,
    `https://example.com/services/${letters(8)}`,
    `-----BEGIN CERTIFICATE-----\n${letters(64)}\n-----END CERTIFICATE-----`,
    `a -----BEGIN PUBLIC KEY-----\n${letters(64)}\n-----END PUBLIC KEY----- b`,
  ])('is known by its shape, and by no other: %s', (text) => {
    expect(hideShapes(given(text))).toBe(hidden(text));
  });
});
