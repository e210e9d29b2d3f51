/** This package's version. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** From package.json, found upwards: the bundle lies elsewhere than the sources do. */
export function version(): string {
  let dir = path.dirname(fileURLToPath(import.meta.url));
  for (let up = path.dirname(dir); up !== dir; up = path.dirname(dir)) {
    const found = versionIn(path.join(dir, 'package.json'));
    if (found !== undefined) return found;
    dir = up;
  }
  return 'unknown';
}

function versionIn(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const value: unknown = JSON.parse(text);
  const ours = typeof value === 'object' && value !== null && 'name' in value && value.name === 'sekisho';
  return ours && 'version' in value && typeof value.version === 'string' ? value.version : undefined;
}
