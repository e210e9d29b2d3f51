/** From the bytes of a file to the JSON in it, saying what it is instead when it is none. */
import { type Fields, isFields } from './json.js';

/** A file that is no plan. The message names the file, the place where there is one, and the right command. */
export class TerraformPlanError extends Error {
  override readonly name = 'TerraformPlanError';

  constructor(
    readonly file: string,
    problem: string,
  ) {
    super(`${file}: ${problem}`);
  }
}

const COMMAND = 'terraform plan -out=tfplan && terraform show -json tfplan > plan.json';

/** Longer than any string that Node.js can hold. */
const LONGEST = 512 * 1024 * 1024;

/**
 * @param content the file as it was read, as bytes where possible: they tell its encoding
 * @throws TerraformPlanError for what is no JSON object
 */
export function jsonOf(content: string | Uint8Array, file: string): Fields {
  const text = typeof content === 'string' ? refused(content, file) : decoded(content, file);
  if (text.trim() === '') throw new TerraformPlanError(file, `the file is empty. Write it by: ${COMMAND}`);
  const parsed = parse(text, file);
  if (!isFields(parsed)) {
    throw new TerraformPlanError(file, `is JSON, but no plan: a plan is an object. Write it by: ${COMMAND}`);
  }
  return parsed;
}

function decoded(bytes: Uint8Array, file: string): string {
  if (bytes.length > LONGEST) {
    throw new TerraformPlanError(
      file,
      `is too large (${Math.round(bytes.length / 1024 / 1024)} MiB; the limit is ${LONGEST / 1024 / 1024}). Plan one root module at a time.`,
    );
  }
  const [first, second] = bytes;
  // What Windows PowerShell's `>` writes.
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (first !== 0x50 && second === 0) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return refused(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (problem) {
    if (problem instanceof TerraformPlanError) throw problem;
    if (first === 0x50 && second === 0x4b) return refused('PK', file);
    throw new TerraformPlanError(file, `is not UTF-8 text. Write it by: ${COMMAND}`);
  }
}

/** Refuses what was read in the wrong encoding, and a plan that Terraform keeps as a zip archive. */
function refused(text: string, file: string): string {
  if (text.startsWith('PK')) {
    throw new TerraformPlanError(
      file,
      `is a plan as Terraform keeps it (a binary file). Show it as JSON: terraform show -json ${file} > plan.json`,
    );
  }
  if (/^\uFFFD|\0/.test(text.slice(0, 64))) {
    throw new TerraformPlanError(
      file,
      `is not UTF-8 text (Windows PowerShell's > writes UTF-16). In PowerShell, write it by: terraform show -json tfplan | Out-File -Encoding utf8 plan.json`,
    );
  }
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    if (/^\s*(?:Terraform|OpenTofu|#|No changes)/.test(text) || text.startsWith('\u001b[')) {
      throw new TerraformPlanError(file, `is a plan as people read it, not JSON. Write it by: ${COMMAND}`);
    }
    if (/^\s*\{.*\}\s*\n\s*\{/.test(text)) {
      throw new TerraformPlanError(
        file,
        `is a log of Terraform (terraform plan -json), not a plan. Write it by: ${COMMAND}`,
      );
    }
    throw new TerraformPlanError(file, `${placeOf(text, problem)} Write it by: ${COMMAND}`);
  }
}

/** Where JSON breaks off or goes wrong. Node.js's own message tells the position, except at the end. */
function placeOf(text: string, problem: unknown): string {
  const said = problem instanceof Error ? problem.message : String(problem);
  const position = Number(/position (\d+)/.exec(said)?.[1] ?? Number.NaN);
  const cut = Number.isNaN(position) || position >= text.trimEnd().length;
  const upTo = text.slice(0, cut ? text.length : position).split('\n');
  const place = `line ${upTo.length}, column ${(upTo.at(-1)?.length ?? 0) + 1}`;
  return cut ? `is truncated: it ends at ${place}, in the middle of JSON.` : `is no JSON at ${place}.`;
}
