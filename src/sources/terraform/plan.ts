/** A plan with the files that it was made of, and what its open values will be. */
import { dirname } from 'node:path';
import type { Place } from '../../checkpoint/index.js';
import { modulePath, resourceOf } from './addresses.js';
import { ConfigurationFiles } from './configuration-files.js';
import { type PlanDocument, type ResourceChange, readPlanDocument } from './document.js';
import type { Path } from './json.js';
import { Resolver } from './resolver.js';
import { TerraformPlanError } from './text.js';

/** A Terraform plan, ready to be asked. */
export interface TerraformPlan {
  readonly document: PlanDocument;
  readonly resolver: Resolver;
  /** Where something is written, if the files are there. */
  place(change: ResourceChange, path?: Path): Place | undefined;
}

export interface ReadPlanOptions {
  /** How messages call the plan; places are looked for in its directory. */
  readonly file: string;
  /** Where the `.tf` files are; the plan's own directory when left out, and none at all when null. */
  readonly directory?: string | null;
}

/**
 * Reads what `terraform show -json` wrote of a plan, format version 1.x.
 * @param content the file's bytes (they tell its encoding), or its text
 * @throws TerraformPlanError saying what the file is instead, or what is wrong where, and the command to use
 */
export function readTerraformPlan(content: string | Uint8Array, options: ReadPlanOptions): TerraformPlan {
  const { file, directory = dirname(file) } = options;
  const document = readDocument(content, file);
  const files = directory === null ? ConfigurationFiles.none : ConfigurationFiles.read(directory);
  return {
    document,
    resolver: new Resolver(document, files),
    place: (change, path) => files.place(modulePath(change.module), resourceOf(change), path),
  };
}

function readDocument(content: string | Uint8Array, file: string): PlanDocument {
  try {
    return readPlanDocument(content, { file });
  } catch (problem) {
    if (problem instanceof RangeError) throw new TerraformPlanError(file, 'is nested too deeply.');
    throw problem;
  }
}

/** True for what will be there, or be changed, once the plan is applied. */
export function isWritten({ action }: ResourceChange): boolean {
  return action === 'create' || action === 'update' || action === 'replace';
}

/** True for what was there before and is taken away, be it to be made anew. */
export function isRemoved({ action }: ResourceChange): boolean {
  return action === 'delete' || action === 'replace';
}
