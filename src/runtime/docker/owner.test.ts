import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownerOf } from './owner.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sekisho-owner-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('stands for one data directory, over restarts, and not for its copy or for another of the same path', () => {
  const first = path.join(root, 'first');
  mkdirSync(first);
  const owner = ownerOf(first);
  expect(owner.name).toMatch(/^sekisho-[0-9a-f]{12}$/);
  expect(ownerOf(path.join(root, 'first/../first'))).toEqual(owner);
  const copy = path.join(root, 'copy');
  cpSync(first, copy, { recursive: true });
  expect(ownerOf(copy).id).not.toBe(owner.id);
  rmSync(first, { recursive: true });
  mkdirSync(first);
  expect(ownerOf(first).id).not.toBe(owner.id);
});
