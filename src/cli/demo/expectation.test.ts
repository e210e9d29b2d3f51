import { describe, expect, it } from 'vitest';
import { surprise } from './expectation.js';
import { fill } from './facts.js';

const NOTHING_KNOWN = new Map<string, string>();
const KNOWN = new Map([['myproject-a', '123456789012']]);

describe('what a story expects of a command', () => {
  it('is met by its sentences, whatever their colours, blanks and line breaks', () => {
    const result = {
      code: 1,
      output: 'ERROR: \u001b[1mUser\u001b[m must have\n  permission to read\r\nthe image.\n',
    };
    expect(
      surprise(
        { outcome: 'refused', says: ['User must have permission to read the image.'] },
        result,
        NOTHING_KNOWN,
      ),
    ).toBeUndefined();
  });

  it('is not met by a refusal that is another one', () => {
    const result = { code: 1, output: "Permission 'run.services.get' denied" };
    expect(
      surprise({ outcome: 'refused', says: ["Permission 'run.services.create'"] }, result, NOTHING_KNOWN),
    ).toEqual({
      kind: 'sentence',
      expected: "Permission 'run.services.create'",
    });
  });

  it.each(['refused', 'fails'] as const)('is not met by a success where it is %s', (outcome) => {
    expect(surprise({ outcome, says: [] }, { code: 0, output: '' }, NOTHING_KNOWN)).toEqual({
      kind: 'exit-status',
      expected: 'not zero',
      code: 0,
    });
  });

  it.each(['accepted', 'deployed'] as const)('is not met by a failure where it is %s', (outcome) => {
    expect(surprise({ outcome, says: [] }, { code: 2, output: 'all is well' }, NOTHING_KNOWN)).toEqual({
      kind: 'exit-status',
      expected: 'zero',
      code: 2,
    });
  });

  it('is about the accounts of the very projects that were made', () => {
    const expected = { outcome: 'fails', says: ['{agent:myproject-a} must'] } as const;
    const agent = 'service-123456789012@serverless-robot-prod.iam.gserviceaccount.com';
    expect(surprise(expected, { code: 1, output: `${agent} must` }, KNOWN)).toBeUndefined();
    expect(surprise(expected, { code: 1, output: 'service-999@… must' }, KNOWN)?.kind).toBe('sentence');
  });
});

describe('placeholders', () => {
  it('stand for a number, a service agent and a default compute account', () => {
    expect(fill('{number:myproject-a} {compute:myproject-a}', KNOWN)).toBe(
      '123456789012 123456789012-compute@developer.gserviceaccount.com',
    );
  });

  it('are an error as long as the project has no number', () => {
    expect(() => fill('{number:myproject-a}', NOTHING_KNOWN)).toThrow('myproject-a');
  });
});
