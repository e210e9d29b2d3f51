/** For the tests of v2's services: where the service `web` lies, the smallest body for it, and refusals. */
import { expect } from 'vitest';
import { IMAGE, LOCATION } from '../run/test-fixture.js';

export const SERVICES = `/v2/${LOCATION}/services`;
export const WEB = `${SERVICES}/web`;
export const SERVICE = { template: { containers: [{ image: IMAGE }] } };

/** What a call throws that is refused so. */
export const refusal = (status: string, message: string | RegExp): unknown =>
  expect.objectContaining({
    status,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
