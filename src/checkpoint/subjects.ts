/** The things in a deploy that requirements come one per: images as written, images that can be read, secrets. */
import type { ImageParse, ImageReference, RegistryImage } from '../names/index.js';
import { type FactRule, forEach, type PermissionRule, type Requirement } from './rule.js';
import type { DeployPlan, OpenPoint, SecretUse, UpstreamUse } from './types.js';

/** An image as the user wrote it, with the container it is in. */
export interface WrittenImage {
  readonly index: number;
  readonly parsed: ImageParse;
  readonly text: string;
}

function written(deploy: DeployPlan): WrittenImage[] {
  return deploy.images.map((parsed, index) => ({
    index,
    parsed,
    text: parsed.ok ? parsed.image.text : parsed.text,
  }));
}

/** The images that are references at all, each text once: two containers of one image need nothing twice. */
export function references(deploy: DeployPlan): readonly ImageReference[] {
  if (last?.deploy === deploy) return last.references;
  const byText = new Map(
    deploy.images.flatMap((parse) => (parse.ok ? [[parse.image.text, parse.image]] : [])),
  );
  last = { deploy, references: [...byText.values()] };
  return last.references;
}

/** Several requirements ask for those of one deploy, one after the other. */
let last: { readonly deploy: DeployPlan; readonly references: readonly ImageReference[] } | undefined;

type Rule<Subject> = PermissionRule<Subject> | FactRule<Subject>;

/** One per container, whatever its image looks like. */
export const forEachWrittenImage = (rule: Rule<WrittenImage>): Requirement =>
  forEach(written, ({ text }) => text, rule);

/** One per image that can be pulled from somewhere. */
export const forEachImage = (rule: Rule<ImageReference>): Requirement =>
  forEach(references, ({ text }) => text, rule);

/** One per image in Artifact Registry: Docker Hub's are pulled through a mirror that asks nobody for anything. */
export const forEachRegistryImage = (rule: Rule<RegistryImage>): Requirement =>
  forEach(
    (deploy) => references(deploy).filter((image) => image.registry === 'artifact-registry'),
    ({ text }) => text,
    rule,
  );

export const forEachSecret = (rule: Rule<SecretUse>): Requirement =>
  forEach(
    (deploy) => deploy.secrets,
    () => undefined,
    rule,
  );

/** One per repository or secret that stands behind the repository of an image. */
export const forEachUpstream = (rule: Rule<UpstreamUse>): Requirement =>
  forEach(
    ({ upstreams = [] }) => upstreams,
    ({ image }) => image,
    rule,
  );

/** One per thing that no other rule covers. */
export const forEachOpenPoint = (rule: Rule<OpenPoint>): Requirement =>
  forEach(
    ({ open = [] }) => open,
    () => undefined,
    rule,
  );

/** A requirement of the deploy as a whole. */
export const once = (rule: Rule<undefined>): Requirement =>
  forEach(
    () => [undefined],
    () => undefined,
    rule,
  );
