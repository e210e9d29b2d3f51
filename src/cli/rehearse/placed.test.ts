import { describe, expect, it } from 'vitest';
import type { RefusedCall } from '../../plane/index.js';
import { ofTheCommand } from './placed.js';

const call = (resource: string, more: Partial<RefusedCall> = {}): RefusedCall => ({
  ...{ time: '2026-01-02T03:04:05Z', principal: '', method: '/Services.CreateService', resource },
  ...{ code: 9, message: '', denied: [] },
  ...more,
});
const SERVICE = call('namespaces/p/services/web');
const REVISION = call('namespaces/p/revisions/web-00001-abc');
const POOL = call('namespaces/p/workerpools/queue', { method: '/WorkerPools.CreateWorkerPool' });

describe('what a command has met', () => {
  it('is not how that came up which was there before', () => {
    const placed = [
      { project: 'p', name: 'web' },
      { project: 'p', name: 'queue' },
    ];
    expect(ofTheCommand([REVISION, SERVICE, POOL], placed)).toEqual([]);
  });

  it.each([
    ['a resource of another name', call('namespaces/p/services/api')],
    ['one of another project', call('namespaces/q/services/web')],
    ['a change', call('namespaces/p/services/web', { method: '/Services.ReplaceService' })],
    ['a call of somebody', call('namespaces/p/services/web', { principal: 'a@example.com' })],
    ['what is no Cloud Run resource', call('projects/p')],
  ])('is %s', (_, refused) => {
    expect(ofTheCommand([refused], [{ project: 'p', name: 'web' }])).toEqual([refused]);
  });

  it('is one that was made anew', () => {
    const anew = call('namespaces/p/revisions/web-00001-xyz');
    expect(ofTheCommand([REVISION, SERVICE, anew, SERVICE], [{ project: 'p', name: 'web' }])).toEqual([
      anew,
      SERVICE,
    ]);
  });
});
