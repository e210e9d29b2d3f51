/** The log, as gcloud prints them. */
import { describe, expect, it } from 'vitest';
import { text } from '../support/output.js';
import { A } from '../support/world.js';
import { QUIET, type Session } from './session.js';

export function logging(session: Session): void {
  const { gcloud } = session;
  describe('logging', () => {
    it('writes entries and reads them', async () => {
      expect(
        await gcloud(['logging', 'write', 'my-log', 'hello there', '--severity=WARNING', '--project', A]),
      ).toEqual({ ...QUIET, err: 'Created log entry.' });
      expect(
        await gcloud([
          ...['logging', 'write', 'my-log', '{"a": 1, "message": "structured"}'],
          ...['--payload-type=json', '--project', A],
        ]),
      ).toEqual({ ...QUIET, err: 'Created log entry.' });
      expect(await gcloud(['logging', 'read', 'logName:my-log', '--project', A])).toEqual({
        ...QUIET,
        out: text`
          ---
          insertId: ID
          jsonPayload:
            a: 1
            message: structured
          logName: projects/myproject-a/logs/my-log
          receiveTimestamp: '2026-01-01T00:00:00.000Z'
          resource:
            labels:
              project_id: myproject-a
            type: global
          timestamp: '2026-01-01T00:00:00.000Z'
          ---
          insertId: ID
          logName: projects/myproject-a/logs/my-log
          receiveTimestamp: '2026-01-01T00:00:00.000Z'
          resource:
            labels:
              project_id: myproject-a
            type: global
          severity: WARNING
          textPayload: hello there
          timestamp: '2026-01-01T00:00:00.000Z'
        `,
      });
      expect(await gcloud(['logging', 'read', 'logName:nothing', '--project', A])).toEqual(QUIET);
      expect(await gcloud(['logging', 'read', 'severity>=(', '--project', A])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^ERROR: \(gcloud\.logging\.read\) INVALID_ARGUMENT: /),
      });
    });
  });
}
