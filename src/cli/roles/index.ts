/** `sekisho roles`: what the predefined roles are here, and how they come from Google. */
import path from 'node:path';
import { planeRoles, type RoleDifference } from '../../plane/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { dataDirOf, type WhereOptions } from '../where.js';
import { googleGet } from './google.js';
import { rolesMessages } from './messages.js';

export interface SyncOptions extends WhereOptions {
  readonly role: readonly string[];
  readonly accessTokenFile?: string;
  readonly output?: string;
}

/** Fetches roles and keeps them; those that were fetched before stay, where single ones are asked for. */
export async function sync(given: SyncOptions, context: CliContext): Promise<void> {
  const messages = rolesMessages[context.language];
  for (const name of given.role) requireName(name, context);
  const roles = await planeRoles();
  const dataDir = dataDirOf(given, context);
  const kept = given.role.length === 0 ? [] : ((await roles.read(dataDir))?.roles ?? []);
  const fetched = await roles.fetch(given.role, await googleGet(given.accessTokenFile, context));
  const names = new Set(fetched.map(({ name }) => name));
  const synced = {
    syncedAt: new Date().toISOString(),
    roles: [...kept.filter(({ name }) => !names.has(name)), ...fetched],
  };
  const file =
    given.output === undefined
      ? await roles.save(dataDir, synced)
      : await roles.write(path.resolve(given.output), synced);
  const differing = roles.differences({ ...synced, roles: fetched }).length;
  context.stdout.write(`${messages.synced(fetched.length, differing, file)}\n`);
  if (given.output === undefined) context.stdout.write(`${messages.restart}\n`);
}

export interface ListOptions extends WhereOptions {
  readonly differing?: boolean;
  readonly format: 'text' | 'json';
}

export async function list(given: ListOptions, context: CliContext): Promise<void> {
  const roles = await planeRoles();
  const dataDir = dataDirOf(given, context);
  const synced = await roles.read(dataDir);
  const differing = new Set((synced ? roles.differences(synced) : []).map(({ name }) => name));
  const shown = [...(await roles.of(dataDir)).list()]
    .filter(({ name }) => given.differing !== true || differing.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, title, stage, permissions }) => ({
      name,
      title,
      stage,
      permissions: permissions.size,
      differs: differing.has(name),
    }));
  if (given.format === 'json') return json(shown, context);
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  for (const { name, title, differs } of shown) {
    context.stdout.write(`${differs ? '*' : ' '} ${name.padEnd(width)}  ${title}\n`);
  }
}

export interface DescribeOptions extends WhereOptions {
  readonly format: 'text' | 'json';
}

export async function describe(name: string, given: DescribeOptions, context: CliContext): Promise<void> {
  const messages = rolesMessages[context.language];
  requireName(name, context);
  const roles = await planeRoles();
  const role = (await roles.of(dataDirOf(given, context))).get(name);
  if (!role) throw new Error(messages.noSuchRole(name));
  const { title, description, stage } = role;
  const includedPermissions = [...role.permissions].sort();
  if (given.format === 'json') return json({ name, title, description, stage, includedPermissions }, context);
  const lines = [
    `${name} (${stage})`,
    title,
    description,
    '',
    ...includedPermissions.map((one) => `  ${one}`),
  ];
  context.stdout.write(`${lines.join('\n')}\n`);
}

export async function diff(given: DescribeOptions, context: CliContext): Promise<void> {
  const messages = rolesMessages[context.language];
  const { stdout } = context;
  const roles = await planeRoles();
  const synced = await roles.read(dataDirOf(given, context));
  const differences = synced ? roles.differences(synced) : [];
  if (given.format === 'json') return json({ syncedAt: synced?.syncedAt ?? null, differences }, context);
  if (!synced) return void stdout.write(`${messages.neverSynced}\n`);
  stdout.write(`${messages.syncedAt(synced.syncedAt)}\n`);
  if (differences.length === 0) stdout.write(`${messages.same}\n`);
  for (const difference of differences) stdout.write(differenceText(difference, messages.notBuiltIn));
}

function differenceText({ name, builtIn, added, removed, changed }: RoleDifference, notBuiltIn: string) {
  const lines = [
    `\n${name}${builtIn ? '' : ` (${notBuiltIn})`}`,
    ...changed.map(({ field, from, to }) => `  ~ ${field}: ${from} → ${to}`),
    ...added.map((permission) => `  + ${permission}`),
    ...removed.map((permission) => `  - ${permission}`),
  ];
  return `${lines.join('\n')}\n`;
}

function json(value: unknown, { stdout }: CliContext): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** @throws UsageError */
function requireName(name: string, { language }: CliContext): void {
  if (/^roles\/[A-Za-z0-9_.]+$/.test(name)) return;
  throw new UsageError(rolesMessages[language].badRole(name));
}
