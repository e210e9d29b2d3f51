// Makes the tables of docs/clients.md from what the tests had real clients do: a whole run of `npm test` records it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const page = path.join(root, 'docs/clients.md');
const BEGIN = '<!-- made by `npm test` from the tests that passed: do not edit by hand -->';
const END = '<!-- end of what is made -->';

/** Words with which gcloud's commands end: what follows is an argument. */
const VERBS =
  /^(?:(?:batch-)?(?:list|describe|create|delete|undelete|update|deploy|replace|execute|cancel|access|destroy|read|tail|write|enable|disable|add|get|set|revoke|upload|submit|login|get-value|get-ancestors|get-ancestors-iam-policy|move)|(?:add|remove|get|set)-iam-policy(?:-binding)?|update-(?:traffic|instance-split)|(?:set|list|delete)-cleanup-policies|print-(?:access|identity)-token|activate-(?:service-account|refresh-token)|configure-docker|docker-helper|sign-(?:blob|jwt)|lint-condition|troubleshoot-policy|(?:en|dis)able-upgrade-redirection)$/;
/** What container clients do at a registry; the rest of what they can is their own business. */
const REGISTRY_VERBS = new Set(
  'build bud copy delete from images inspect list-tags login logout manifest pull push run tag'.split(' '),
);

/** The command without its arguments: what a reader looks for. */
function commandOf(client, words) {
  const plain = words.filter((word) => !word.startsWith('-'));
  if (client === 'gcloud') {
    const verb = plain.findIndex((word, index) => index > 0 && VERBS.test(word));
    return plain.slice(0, verb < 0 ? 2 : verb + 1).join(' ');
  }
  if (['skopeo', 'podman', 'buildah', 'docker'].includes(client)) {
    return plain.find((word) => REGISTRY_VERBS.has(word)) ?? '';
  }
  return client === 'curl' ? '' : words.join(' ');
}

/** The clients of the tables, in their order, and under which heading each stands. */
const CLIENTS = {
  gcloud: 'gcloud',
  skopeo: 'skopeo',
  podman: 'podman',
  buildah: 'buildah',
  docker: 'docker',
  terraform: 'Terraform',
  curl: 'curl',
};

/** Tests by file and full name; those that passed. */
function passedTests(report) {
  const passed = new Set();
  const files = new Set();
  for (const { name, status, assertionResults } of report.testResults) {
    const file = name.slice(name.lastIndexOf('/test/') + 1);
    if (status === 'passed') files.add(file);
    for (const { ancestorTitles, title, status: state } of assertionResults) {
      if (state === 'passed') passed.add(`${file} ${[...ancestorTitles, title].join(' > ')}`);
    }
  }
  return ({ file, test }) => (test === null ? files.has(file) : passed.has(`${file} ${test}`));
}

/** The tables: a heading for each client, a line for each command with the tests that show it. */
function tables(calls, report) {
  const didPass = passedTests(report);
  const clients = new Map();
  for (const call of calls.filter(didPass)) {
    const { client, words, file } = call;
    if (!(client in CLIENTS) && !client.includes('/') && !/^(?:google|@)/.test(client)) continue;
    const command = commandOf(client, words);
    if (command === '' && client !== 'curl') continue;
    const commands = clients.get(client) ?? new Map();
    clients.set(client, commands);
    const files = commands.get(command) ?? new Set();
    commands.set(command, files.add(file));
  }
  const order = Object.keys(CLIENTS);
  const rank = (client) => (order.includes(client) ? order.indexOf(client) : order.length);
  return [...clients]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([client, commands]) => {
      const lines = [...commands]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([command, files]) => {
          const shown = [...files].sort().map((file) => `[${path.basename(file, '.test.ts')}](../${file})`);
          return `| \`${[client in CLIENTS ? client : '', command].filter(Boolean).join(' ')}\` | ${shown.join(', ')} |`;
        });
      return `### ${CLIENTS[client] ?? client}\n\n| what it does | shown by |\n|---|---|\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

/** The page with new tables in it. */
function withTables(text, made) {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for the tables`);
  return `${before}${BEGIN}\n\n${made}\n${END}${after}`;
}

/**
 * Reads a run's record and writes the page.
 * @param {boolean} check only look
 * @returns {boolean} whether the page was up to date
 */
export function updateClients(callsFile, reportFile, check) {
  const calls = readFileSync(callsFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const text = readFileSync(page, 'utf8');
  const next = withTables(text, tables(calls, report));
  if (next === text) return true;
  if (!check) writeFileSync(page, next);
  return false;
}
