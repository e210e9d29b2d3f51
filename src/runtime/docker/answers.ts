/** What we read in the daemon's answers, and nothing else of them. */

function at(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = new Map<string, unknown>(Object.entries(current)).get(key);
  }
  return current;
}

function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** The id of what was made or listed. */
export const idOf = (answer: unknown): string => String(at(answer, 'Id'));

export const idsOf = (answer: unknown): string[] => (Array.isArray(answer) ? answer.map(idOf) : []);

/** The names of volumes, from `GET /volumes`. */
export const volumeNames = (answer: unknown): string[] =>
  listAt(answer, 'Volumes').map((volume) => String(at(volume, 'Name')));

/** What the daemon could not do as asked, e.g. enforce a limit. */
export const warningsOf = (answer: unknown): string[] => listAt(answer, 'Warnings').map(String);

/** From `POST /containers/ID/wait`. */
export function waitedFor(answer: unknown): number | undefined {
  const code = at(answer, 'StatusCode');
  return typeof code === 'number' ? code : undefined;
}

/** The command lines of a container's processes, from `GET /containers/ID/top?ps_args=-eo pid,args`. */
export function commandLines(answer: unknown): string[] {
  return listAt(answer, 'Processes').map((row) => String(Array.isArray(row) ? row[1] : ''));
}

/** A container, from `GET /containers/ID/json`. */
export interface Inspected {
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** In its network; empty once it has ended. */
  readonly address: string;
  /** Ports of the container and the ports of the daemon's machine on which they are published. */
  readonly published: ReadonlyMap<number, number>;
}

export function inspected(answer: unknown, network: string): Inspected {
  const ports = Object.entries(Object(at(answer, 'NetworkSettings', 'Ports')) as object);
  return {
    running: at(answer, 'State', 'Running') === true,
    exitCode: Number(at(answer, 'State', 'ExitCode') ?? 0),
    outOfMemory: at(answer, 'State', 'OOMKilled') === true,
    address: String(at(answer, 'NetworkSettings', 'Networks', network, 'IPAddress') ?? ''),
    published: new Map(
      ports.flatMap(([port, bindings]): [number, number][] => {
        const [binding] = Array.isArray(bindings) ? (bindings as readonly unknown[]) : [];
        return binding === undefined ? [] : [[Number.parseInt(port, 10), Number(at(binding, 'HostPort'))]];
      }),
    ),
  };
}
