/** From a file's bytes to its text, or a clear sentence on why they are none. */
import type { Place } from '../places.js';

/** A file that cannot be read; exit status 64. The message begins with the file, and the line where there is one. */
export class BadInput extends Error {
  override readonly name = 'BadInput';

  constructor(place: string | Place, description: string) {
    super(`${typeof place === 'string' ? place : spelled(place)}: ${description}`);
  }
}

const spelled = ({ file, line, column }: Place) =>
  column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;

/** Many times what Cloud Run takes for one resource. */
export const DEFAULT_MAX_BYTES = 4 << 20;

/**
 * Text of a file in UTF-8, without its byte order mark.
 * @param file as messages name it
 * @param maxBytes the largest size
 * @throws BadInput for files that are too large, binary, or in another encoding
 */
export function decodeText(bytes: Uint8Array, file: string, maxBytes = DEFAULT_MAX_BYTES): string {
  if (bytes.length > maxBytes)
    throw new BadInput(file, `has ${bytes.length} bytes; ${maxBytes} are the most that are read.`);
  const utf16 = utf16Of(bytes);
  if (utf16 !== undefined) throw new BadInput(file, `is in ${utf16}; save it in UTF-8.`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new BadInput(placeOfByte(bytes, zero, file), 'holds a zero byte: this is no text.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const at = placeOfByte(bytes, firstStrangeByte(bytes), file);
    throw new BadInput(at, 'is not in UTF-8 (perhaps in Latin-1 or Windows-1252); save it in UTF-8.');
  }
}

/** By its byte order mark, or by the zero that every other byte of a Latin text then is. */
function utf16Of(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return 'UTF-16 (little-endian)';
  if (first === 0xfe && second === 0xff) return 'UTF-16 (big-endian)';
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'UTF-16 (little-endian)';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0 && bytes.length > 3)
    return 'UTF-16 (big-endian)';
  return undefined;
}

/** Where the bytes cease to be UTF-8: what precedes decodes, as a stream that may end within a character. */
function firstStrangeByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // The character that is cut short there is the strange one.
  while (good > 0 && !decodes(bytes.subarray(0, good), false)) good -= 1;
  return good;
}

function decodes(bytes: Uint8Array, stream = true): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    return false;
  }
}

function placeOfByte(bytes: Uint8Array, at: number, file: string): Place {
  let line = 1;
  let start = 0;
  for (let index = bytes.indexOf(10); index >= 0 && index < at; index = bytes.indexOf(10, index + 1)) {
    line += 1;
    start = index + 1;
  }
  return { file, line, column: at - start + 1 };
}
