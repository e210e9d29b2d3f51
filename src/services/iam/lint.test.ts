import { beforeEach, describe, expect, it } from 'vitest';
import type { Api, JsonValue } from '../../google/index.js';
import { invoke, openRooms, type Rooms } from '../test-support.js';
import { iamApi } from './index.js';

let rooms: Rooms;
let api: Api;

beforeEach(async () => {
  rooms = await openRooms();
  api = iamApi(rooms);
});

const post = async (method: string, body: JsonValue) =>
  (await invoke(api, rooms.access, 'user:a@example.com', 'POST', `/v1/iamPolicies:${method}`, body)).json;

describe('lintPolicy', () => {
  it('finds nothing wrong with a good condition', async () => {
    const condition = { title: 't', expression: '1 < 2' };
    expect(await post('lintPolicy', { condition })).toEqual({});
  });

  it('says what setIamPolicy would refuse, in the form of its results', async () => {
    const fullResourceName = '//cloudresourcemanager.googleapis.com/projects/p';
    const condition = { title: 't', expression: 'request.time.getMonth() > 13' };
    expect(await post('lintPolicy', { fullResourceName, condition })).toEqual({
      lintResults: [
        {
          level: 'CONDITION',
          validationUnitName: 'LintValidationUnits/DateTimeRangeCheck',
          severity: 'WARNING',
          fieldName: 'condition.expression',
          locationOffset: 26,
          debugMessage:
            'The value being compared to the specified timestamp function (getMonth) must be in range [0, 11].',
        },
      ],
    });
  });

  it('needs a condition', async () => {
    await expect(post('lintPolicy', {})).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    await expect(
      post('lintPolicy', { fullResourceName: 'p', condition: { title: 't', expression: 'true' } }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});

describe('queryAuditableServices', () => {
  it('names the services with audit logs, for what has audit configurations', async () => {
    const fullResourceName = '//cloudresourcemanager.googleapis.com/projects/p';
    expect(await post('queryAuditableServices', { fullResourceName })).toMatchObject({
      services: expect.arrayContaining([{ name: 'run.googleapis.com' }]),
    });
    await expect(
      post('queryAuditableServices', {
        fullResourceName: '//run.googleapis.com/projects/p/locations/l/services/s',
      }),
    ).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});
