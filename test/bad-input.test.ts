/** Bad input, call by call: Google's status and whole body, and nothing stored or written because of it. */

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { onService, serviceBody, servicePath } from './support/deploys.js';
import { badField, badJson, refusal, unimplemented } from './support/refusals.js';
import { at } from './support/rest.js';
import {
  ACCOUNTS,
  IMAGE,
  P,
  PROJECTS,
  repositories,
  SERVICES,
  useUntouchedPlane,
  WEB,
} from './support/untouched.js';
import { REGION } from './support/world.js';

const untouched = useUntouchedPlane();

describe('a project that does not exist', () => {
  const denied = (permission: string, resource: string) =>
    refusal(
      'PERMISSION_DENIED',
      `Permission '${permission}' denied on resource '${resource}' (or resource may not exist).`,
    );

  it('is refused like a project of somebody else, so that nobody learns which exist', async () => {
    const unknown = refusal('PERMISSION_DENIED', 'The caller does not have permission');
    expect(await untouched.tried('GET', `${PROJECTS}/nobodys`)).toEqual(unknown);
    expect(await untouched.tried('POST', `${PROJECTS}/nobodys:getIamPolicy`, {})).toEqual(unknown);
    expect(await untouched.tried('GET', `${PROJECTS}/${P}`, undefined, 'stranger@example.com')).toEqual(
      unknown,
    );
  });

  it('has no services, new or old', async () => {
    const body = serviceBody({ project: 'nobodys', name: 'new', image: IMAGE });
    expect(await untouched.tried('POST', servicePath('nobodys'), body)).toEqual(
      denied('run.services.create', 'namespaces/nobodys/services/new'),
    );
    expect(await untouched.tried('PUT', servicePath('nobodys', 'new'), body)).toEqual(
      denied('run.services.update', 'namespaces/nobodys/services/new'),
    );
    expect(await untouched.tried('GET', servicePath('nobodys'))).toEqual(
      denied('run.services.list', 'namespaces/nobodys/services'),
    );
  });

  it('takes no repository', async () => {
    const resource = '//artifactregistry.googleapis.com/projects/nobodys/locations/asia-northeast1';
    expect(
      await untouched.tried('POST', `${repositories('nobodys')}?repositoryId=new`, { format: 'DOCKER' }),
    ).toEqual(
      refusal(
        'PERMISSION_DENIED',
        `Permission 'artifactregistry.repositories.create' denied on resource '${resource}' (or it may not exist).`,
      ),
    );
  });

  it('takes no API', async () => {
    const enable = 'serviceusage.googleapis.com/v1/projects/nobodys/services/run.googleapis.com:enable';
    expect(await untouched.tried('POST', enable, {})).toEqual(
      refusal('PERMISSION_DENIED', 'Permission denied to enable service [run.googleapis.com]'),
    );
  });

  it('takes no service account', async () => {
    const { http, body } = await untouched.tried(
      'POST',
      'iam.googleapis.com/v1/projects/nobodys/serviceAccounts',
      {
        accountId: 'somebody',
      },
    );
    expect(http).toBe(403);
    expect(at(body, 'error', 'message')).toBe(
      "Permission 'iam.serviceAccounts.create' denied on resource (or it may not exist).",
    );
  });
});

describe('a region that does not exist', () => {
  const nowhere = refusal('NOT_FOUND', 'Location mars-central1 is not found or access is unauthorized.');

  it('has no services', async () => {
    const place = `run.googleapis.com/v1/projects/${P}/locations/mars-central1/services`;
    expect(await untouched.tried('GET', place)).toEqual(nowhere);
    expect(await untouched.tried('GET', `${place}/web`)).toEqual(nowhere);
    expect(
      await untouched.tried('POST', place, serviceBody({ project: P, name: 'new', image: IMAGE })),
    ).toEqual(nowhere);
  });

  it('has no endpoint', async () => {
    const text = 'mars-central1-run.googleapis.com: mars-central1 is no region of run.googleapis.com.';
    expect(await untouched.tried('GET', SERVICES.replace(REGION, 'mars-central1'))).toEqual(
      refusal('NOT_FOUND', text),
    );
  });

  it('takes no repository', async () => {
    const { http, body } = await untouched.tried(
      'POST',
      `${repositories(P, 'mars-central1')}?repositoryId=new`,
      {
        format: 'DOCKER',
      },
    );
    expect(http).toBe(403);
    expect(at(body, 'error', 'message')).toBe(
      "Permission denied on 'locations/mars-central1' (or it may not exist).",
    );
  });

  it('is not guessed where the global endpoint names none', async () => {
    const target = SERVICES.replace(`${REGION}-`, '');
    expect(
      await untouched.tried('POST', target, serviceBody({ project: P, name: 'new', image: IMAGE })),
    ).toEqual(
      badField(
        'location',
        'The host run.googleapis.com names no region: use a regional endpoint such as us-central1-run.googleapis.com.',
      ),
    );
  });
});

describe('names', () => {
  const long = 'a'.repeat(70);

  it.each(['Upper', '-dash', 'dash-', 'under_score', '1digit', 'do.t', 'a'.repeat(50), ''])(
    'a service is not called %j',
    async (name) => {
      expect(await untouched.creating({}, name)).toEqual(
        badField(
          'service.metadata.name',
          'only lowercase, digits, and hyphens; must begin with letter, and may not end with hyphen; must be less than 50 characters.',
        ),
      );
    },
  );

  it.each(['Upper-case', 'short', '-dashed', 'dashed-', 'under_score', 'a'.repeat(31), ''])(
    'a project is not called %j',
    async (projectId) => {
      expect(await untouched.tried('POST', PROJECTS, { projectId })).toEqual(
        badField(
          'project_id',
          'project_id must be 6 to 30 lowercase letters, digits, or hyphens. It must start with a letter. Trailing hyphens are prohibited.',
        ),
      );
    },
  );

  it.each(['Upper', '-dash', 'dash-', 'under_score', '1digit', 'do.t', long])(
    'a repository is not called %j',
    async (id) => {
      expect(
        await untouched.tried('POST', `${repositories()}?repositoryId=${id}`, { format: 'DOCKER' }),
      ).toEqual(
        refusal(
          'INVALID_ARGUMENT',
          `Invalid repository_id "${id}": must start with a lower-case letter, end with a letter or digit, and hold at most 63 lower-case letters, digits and hyphens.`,
        ),
      );
    },
  );

  it.each(['UPPERCASE', '-dashed', 'dashed-', 'under_score', '1digits'])(
    'a service account is not called %j',
    async (accountId) => {
      expect(await untouched.tried('POST', ACCOUNTS, { accountId })).toEqual(
        refusal(
          'INVALID_ARGUMENT',
          `The account ID "${accountId}" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".`,
        ),
      );
    },
  );

  it.each(['short', 'a'.repeat(31), ''])("a service account's name is not %j long", async (accountId) => {
    expect(await untouched.tried('POST', ACCOUNTS, { accountId })).toEqual(
      refusal('INVALID_ARGUMENT', `The account ID "${accountId}" does not have a length between 6 and 30.`),
    );
  });

  it.each(['new', 'new-', 'new-Upper', `new-${long}`, 'other-00001-abc'])(
    'a revision of the service new is not called %j',
    async (name) => {
      expect(await untouched.creating({ template: { name } })).toEqual(
        badField(
          'spec.template.metadata.name',
          `Invalid revision name '${name}': must start with 'new-', hold only lower-case letters, digits and dashes, and be at most 63 characters.`,
        ),
      );
    },
  );

  it('of what exists are taken', async () => {
    expect(await untouched.creating({}, 'web')).toEqual(
      refusal('ALREADY_EXISTS', "Resource 'web' already exists."),
    );
    expect(
      await untouched.tried('POST', `${repositories()}?repositoryId=images`, { format: 'DOCKER' }),
    ).toEqual(refusal('ALREADY_EXISTS', 'the repository already exists'));
  });

  it('of what does not exist lead nowhere', async () => {
    const missing = refusal(
      'NOT_FOUND',
      `Resource 'new' of kind 'SERVICE' in region '${REGION}' in project '${P}' does not exist.`,
    );
    const body = serviceBody({ project: P, name: 'new', image: IMAGE });
    expect(await untouched.tried('GET', servicePath(P, 'new'))).toEqual(missing);
    expect(await untouched.tried('PUT', servicePath(P, 'new'), body)).toEqual(missing);
    expect(await untouched.tried('DELETE', servicePath(P, 'new'))).toEqual(missing);
    expect(await untouched.tried('POST', `${onService(P, 'new').url}:setIamPolicy`, { policy: {} })).toEqual(
      missing,
    );
  });

  it('in the body and in the path must agree', async () => {
    const body = serviceBody({ project: P, name: 'new', image: IMAGE });
    expect(await untouched.tried('PUT', WEB, body)).toEqual(
      badField('metadata.name', "The name 'new' does not match the service 'web' of the request."),
    );
    expect(await untouched.creating({ metadata: { namespace: 'elsewhere' } })).toEqual(
      badField(
        'metadata.namespace',
        `The namespace 'elsewhere' does not match the project '${P}' of the request.`,
      ),
    );
  });
});

describe('a request', () => {
  it.each([
    ['cut off', '{"projectId":', 'Unexpected end of JSON input.'],
    ['empty but for blanks', '  ', 'Unexpected end of string. Expected a value.'],
  ])('that is %s is no JSON', async (_, body, problem) => {
    for (const target of [PROJECTS, SERVICES])
      expect(await untouched.tried('POST', target, body)).toEqual(badJson(problem));
  });

  it('that is no object is no message', async () => {
    for (const target of [PROJECTS, SERVICES, `${repositories()}?repositoryId=new`]) {
      expect((await untouched.tried('POST', target, '[]')).http).toBe(400);
    }
  });

  it('has no fields but its own', async () => {
    const { http, body } = await untouched.tried('POST', PROJECTS, { projectId: 'fine-name', colour: 'red' });
    expect(http).toBe(400);
    expect(at(body, 'error', 'message')).toBe(
      'Invalid JSON payload received. Unknown name "colour": Cannot find field.',
    );
    expect(
      await untouched.tried('POST', `${repositories()}?repositoryId=new`, {
        format: 'DOCKER',
        colour: 'red',
      }),
    ).toEqual(badJson(`Unknown name "colour" at 'repository': Cannot find field.`, 'repository'));
  });

  it('has no parameters but its own', async () => {
    const unknown = badJson(
      `Unknown name "colour": Cannot bind query parameter. Field 'colour' could not be found in request message.`,
    );
    expect(await untouched.tried('GET', `${SERVICES}?colour=red`)).toEqual(unknown);
    expect(await untouched.tried('GET', `${repositories()}?colour=red`)).toEqual(unknown);
  });

  it('of more than 32 MiB is not read', async () => {
    const huge = JSON.stringify({ projectId: 'x'.repeat(33 * 2 ** 20) });
    expect(await untouched.tried('POST', PROJECTS, huge)).toEqual(
      refusal('INVALID_ARGUMENT', 'Request payload size exceeds the limit: 33554432 bytes.'),
    );
  });

  it('of a method that is not served says which', async () => {
    expect(await untouched.tried('POST', 'logging.googleapis.com/v2/entries:tail', {})).toEqual(
      unimplemented(
        'Method google.logging.v2.LoggingServiceV2.TailLogEntries is a stream: it is served over gRPC alone.',
      ),
    );
    expect(
      await untouched.tried('POST', `${repositories()}?repositoryId=maven`, { format: 'MAVEN' }),
    ).toEqual(unimplemented('Repositories of format MAVEN are not supported.'));
    expect(
      await untouched.tried(
        'POST',
        `run.googleapis.com/v2/projects/${P}/locations/us-central1/builds:submit`,
        {},
      ),
    ).toEqual(unimplemented('Method google.cloud.run.v2.Builds.SubmitBuild is not implemented.'));
  });

  it('of a method that there is not leads nowhere', async () => {
    const nowhere = (target: string) => {
      const [host = '', ...path] = target.split('/');
      return refusal('NOT_FOUND', `The requested URL /${path.join('/')} was not found on ${host}.`);
    };
    expect(await untouched.tried('PATCH', WEB, {})).toEqual(nowhere(WEB));
    expect(await untouched.tried('GET', 'run.googleapis.com/v1/nothing')).toEqual(
      nowhere('run.googleapis.com/v1/nothing'),
    );
  });
});

describe('a host', () => {
  /** What the front door answers to a CONNECT, up to its end or to the first line of a success. */
  function connecting(target: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(untouched.plane.port, '127.0.0.1', () => {
        socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      });
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
        if (answer.startsWith('HTTP/1.1 200 ')) socket.destroy();
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(answer));
    });
  }

  it.each(['cloudkms.googleapis.com', 'www.google.com'])(
    'of Google that is not served is taken, and says so of every call: %s',
    async (host) => {
      expect(await connecting(`${host}:443`)).toMatch(/^HTTP\/1\.1 200 /);
      expect(await untouched.tried('GET', `${host}/v1/b`)).toEqual(
        unimplemented(`${host} is not served by Sekisho (asked for: GET /v1/b).`),
      );
    },
  );

  it.each(['metadata.google.internal', '169.254.169.254'])(
    'of metadata is refused by name: %s',
    async (host) => {
      const why = `${host} belongs to Google and is not served by Sekisho.`;
      expect(await connecting(`${host}:443`)).toBe(
        `HTTP/1.1 404 ${why}\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: ${why.length + 1}\r\nConnection: close\r\n\r\n${why}\n`,
      );
    },
  );

  it('of somebody else is not reached without egress', async () => {
    const why = 'example.com is not served by Sekisho, which runs without egress to other hosts.';
    expect(await connecting('example.com:443')).toContain(`HTTP/1.1 403 ${why}\r\n`);
  });

  it('is a name, with a port that there is', async () => {
    for (const target of ['example.com:0', 'example.com:99999', 'a/b:443', '']) {
      expect(await connecting(target)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    }
  });

  it('that is ours is let in', async () => {
    expect(await connecting('us-central1-run.googleapis.com:443')).toMatch(/^HTTP\/1\.1 200 /);
  });
});
