/** Whole lines of JSON, parsed together: as an array, which they are once their ends are commas. */
import { isAscii, isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const COMMA = 0x2c;

/** The values, one for each line; undefined where a line is blank, no JSON, or not UTF-8. The bytes stay as they are. */
export function parseLines(batch: Buffer): readonly unknown[] | undefined {
  const ends: number[] = [];
  for (let end = batch.indexOf(NEWLINE); end >= 0; end = batch.indexOf(NEWLINE, end + 1)) ends.push(end);
  for (const end of ends) batch[end] = COMMA;
  const text = textOf(batch);
  const values = text === undefined ? undefined : asArray(text);
  for (const end of ends) batch[end] = NEWLINE;
  return values?.length === ends.length + 1 ? values : undefined;
}

/** Most exports are ASCII, which costs less to read as Latin-1 than as UTF-8. */
function textOf(batch: Buffer): string | undefined {
  if (isAscii(batch)) return batch.toString('latin1');
  return isUtf8(batch) ? batch.toString('utf8') : undefined;
}

function asArray(text: string): readonly unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(`[${text}]`);
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** The same lines, some at a time: each time about so many bytes, without the end of the last one. */
export function* someOf(batch: Buffer, bytes: number): Generator<Buffer> {
  for (let start = 0; start <= batch.length; ) {
    const found = start + bytes < batch.length ? batch.indexOf(NEWLINE, start + bytes) : -1;
    const end = found < 0 ? batch.length : found;
    yield batch.subarray(start, end);
    start = end + 1;
  }
}
