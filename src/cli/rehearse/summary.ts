/** What a rehearsal has come to, for people. */
import type { RefusedCall } from '../../plane/index.js';
import type { RehearseMessages } from './messages.js';

/** One paragraph for each thing that was refused, with how often. */
export function summary(refusals: readonly RefusedCall[], messages: RehearseMessages): string {
  if (refusals.length === 0) return `${messages.noRefusals}\n`;
  const kinds = new Map<string, { readonly call: RefusedCall; count: number }>();
  for (const call of refusals) {
    const key = JSON.stringify([call.principal, call.method, call.resource, call.message]);
    const known = kinds.get(key);
    if (known) known.count++;
    else kinds.set(key, { call, count: 1 });
  }
  const paragraphs = [...kinds.values()].map(({ call, count }) => paragraph(call, count, messages));
  return `${messages.refusals(refusals.length)}\n${paragraphs.join('')}`;
}

function paragraph(
  { principal, method, resource, message, denied }: RefusedCall,
  count: number,
  { times, lacks, byItself }: RehearseMessages,
): string {
  const often = count > 1 ? ` (${times(count)})` : '';
  const lines = [
    `  ${principal || byItself} → ${method} ${resource}${often}`,
    ...denied.map((each) => `    ${lacks(each.permission, each.resource || resource)}`),
    ...message.split('\n').map((line) => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}
