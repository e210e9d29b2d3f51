/** gcloud's own configuration, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { grant, onProject } from '../support/policies.js';
import { A, REGION } from '../support/world.js';
import { QUIET, type Session } from './session.js';

export function config(session: Session): void {
  const { gcloud } = session;
  describe('config', () => {
    it('sets a project that the member may see', async () => {
      const as = 'carol@example.com';
      await grant(session.plane, onProject(A), `user:${as}`, 'roles/viewer');
      expect(await gcloud(`config set project ${A}`, { as })).toEqual({
        ...QUIET,
        err: 'Updated property [core/project].',
      });
      expect(await gcloud('config get-value project', { as })).toEqual({ ...QUIET, out: A });
      expect((await gcloud(`run services list --region ${REGION}`, { as })).out).toContain('public');
    });
  });

  it('made the plane complain about nothing', () => {
    expect(session.plane.stderr).toBe('');
  });
}
