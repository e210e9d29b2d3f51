/** An estate document as text. */
import type { EstateDocument } from '../../estate-file/index.js';

export type EstateFormat = 'yaml' | 'json';

/** The text of an estate file, which ends in a line break. */
export async function estateText(document: EstateDocument, format: EstateFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  const { stringify } = await import('./libraries.js');
  // Long expressions stay on one line, and what is the same twice is written twice: people edit this.
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
