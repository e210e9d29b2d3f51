import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { estateSchema } from './schema.js';

const PUBLISHED = path.resolve(import.meta.dirname, '../../docs/estate.schema.json');

/** The text of the schema, formatted as the project's JSON files are: short lists on one line. */
function schemaText(): string {
  const text = JSON.stringify(estateSchema, null, 2);
  const short = text.replace(
    /\[\s+([^[\]{}]+?)\s+\]/g,
    (_, items: string) => `[${items.replace(/\s+/g, ' ')}]`,
  );
  return `${short}\n`;
}

describe('estateSchema', () => {
  // `npx vitest run -u src/estate-file/schema.test.ts` publishes it anew.
  it('is what docs/estate.schema.json publishes', async () => {
    await expect(schemaText()).toMatchFileSnapshot(PUBLISHED);
  });

  it('is a JSON Schema of draft 2020-12', () => {
    expect(new Ajv2020({ strict: true }).validateSchema(estateSchema)).toBe(true);
  });
});
