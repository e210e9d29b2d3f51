/** gcloud's configuration file: an INI file of which some properties are ours and the rest the user's. */

/** Section → property → value. */
export type Properties = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface GcloudFacts {
  /** The plane's address. */
  readonly url: string;
  readonly caBundle: string;
  /** The account's e-mail address; left out where nobody is signed in yet. */
  readonly account?: string;
}

/**
 * What gcloud must be told. With `proxy/*` set it trusts `custom_ca_certs_file` whatever else the environment says;
 * the rest keeps it from asking for the metadata server, for updates and for opinions.
 */
export function gcloudProperties({ url, caBundle, account }: GcloudFacts): Properties {
  const { hostname, port } = new URL(url);
  return {
    core: {
      ...(account === undefined ? {} : { account }),
      custom_ca_certs_file: caBundle,
      disable_usage_reporting: 'true',
      check_gce_metadata: 'false',
    },
    proxy: { type: 'http', address: hostname, port },
    component_manager: { disable_update_check: 'true' },
    survey: { disable_prompts: 'true' },
  };
}

/** Writes properties into the text of a configuration, and leaves what else stands in it. */
export function mergeProperties(text: string, properties: Properties): string {
  const sections = parse(text);
  for (const [name, values] of Object.entries(properties)) {
    const section = sections.get(name) ?? new Map<string, string>();
    for (const [key, value] of Object.entries(values)) section.set(key, value);
    sections.set(name, section);
  }
  return [...sections]
    .map(
      ([name, values]) => `[${name}]\n${[...values].map(([key, value]) => `${key} = ${value}\n`).join('')}`,
    )
    .join('\n');
}

/** gcloud writes one `key = value` a line; comments and continuations it neither writes nor keeps. */
function parse(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const header = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
    }
    const [, key, value] = /^([^\s#;[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section?.set(key, value);
  }
  return sections;
}
