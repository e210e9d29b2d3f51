import { expect, it } from 'vitest';
import { commandOf } from './bundle.js';

const image = { Entrypoint: ['/entry'], Cmd: ['one', 'two'] };

it.each([
  [{ config: image }, ['/entry', 'one', 'two']],
  [{ config: image, args: ['three'] }, ['/entry', 'three']],
  [{ config: image, command: ['/other'] }, ['/other']],
  [{ config: image, command: ['/other'], args: ['four'] }, ['/other', 'four']],
  [{ config: image, command: [], args: [] }, ['/entry', 'one', 'two']],
  [{ config: { Cmd: ['/only'] } }, ['/only']],
])('command and args replace the image’s: %j', (spec, expected) => {
  expect(commandOf(spec)).toEqual(expected);
});

it('refuses an image without a command', () => {
  expect(() => commandOf({ config: {} })).toThrow(/no Entrypoint or Cmd/);
});
