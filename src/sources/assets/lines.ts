/** Whole lines of JSON, parsed together: as an array, which they are once their ends are commas. */
import { isAscii, isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** The values, one for each line; undefined where a line is blank, no JSON, or not UTF-8. The bytes stay as they are. */
export function parseLines(batch: Buffer): readonly unknown[] | undefined {
  const encoding = encodingOf(batch);
  if (encoding === undefined) return undefined;
  const end = batch.length + 1;
  const array = memoryFor(end + 1);
  array[0] = OPEN;
  batch.copy(array, 1);
  array[end] = CLOSE;
  let lines = 1;
  for (let at = batch.indexOf(NEWLINE); at >= 0; at = batch.indexOf(NEWLINE, at + 1)) {
    array[at + 1] = COMMA;
    lines += 1;
  }
  const values = asArray(array.toString(encoding, 0, end + 1));
  return values?.length === lines ? values : undefined;
}

/** Most exports are ASCII, which costs less to read as Latin-1 than as UTF-8. */
function encodingOf(batch: Buffer): 'latin1' | 'utf8' | undefined {
  if (isAscii(batch)) return 'latin1';
  return isUtf8(batch) ? 'utf8' : undefined;
}

/** Kept: an array is put together for each batch, and is nobody's once it is a text. */
let memory = Buffer.alloc(0);

function memoryFor(bytes: number): Buffer {
  if (bytes > KEPT) return Buffer.allocUnsafeSlow(bytes);
  if (memory.length < bytes) memory = Buffer.allocUnsafeSlow(KEPT);
  return memory;
}

/** Batches of whole files may be longer, and are few. */
const KEPT = 1 << 18;

function asArray(text: string): readonly unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(text);
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
