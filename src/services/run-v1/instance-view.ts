/** What instances run, as v1 shows it. */
import { type Container, defaultProbe, type InstanceTemplate, type Volume } from '../../deployments/index.js';
import type { JsonObject } from '../../google/index.js';
import { probeView } from '../run/probe.js';
import { secretAliases } from './secret-aliases.js';

type Aliases = ReadonlyMap<string, string>;

/** The fields of a RevisionSpec or TaskSpec that say what one instance runs: what `parseInstance` reads. */
export function instanceSpecView(template: InstanceTemplate): JsonObject {
  const aliases = secretAliases(template);
  return {
    serviceAccountName: template.serviceAccount,
    containers: template.containers.map((container) => containerView(container, aliases)),
    ...(template.volumes.length > 0
      ? { volumes: template.volumes.map((volume) => volumeView(volume, aliases)) }
      : {}),
  };
}

function containerView(container: Container, aliases: Aliases): JsonObject {
  const { name, image, command, args, workingDir, port, cpu, memory, volumeMounts } = container;
  return {
    name,
    image,
    ...(command.length > 0 ? { command } : {}),
    ...(args.length > 0 ? { args } : {}),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...envView(container, aliases),
    ...(port === undefined ? {} : { ports: [{ name: port.protocol, containerPort: port.number }] }),
    resources: { limits: { cpu, memory } },
    ...(volumeMounts.length > 0 ? { volumeMounts: volumeMounts.map((mount) => ({ ...mount })) } : {}),
    ...probesView(container),
  };
}

function envView({ env }: Container, aliases: Aliases): JsonObject {
  if (env.length === 0) return {};
  return {
    env: env.map((entry) => {
      if (!('secret' in entry)) return { name: entry.name, value: entry.value };
      const { name, version } = entry.secret;
      const secretKeyRef = { name: aliases.get(name) ?? name, key: version };
      return { name: entry.name, valueFrom: { secretKeyRef } };
    }),
  };
}

/** A container with a port has Cloud Run's own startup probe where the client set none. */
function probesView({ startupProbe, livenessProbe, readinessProbe, port }: Container): JsonObject {
  const startup = startupProbe ?? (port && defaultProbe(port.number));
  return {
    ...(startup === undefined ? {} : { startupProbe: probeView(startup) }),
    ...(livenessProbe === undefined ? {} : { livenessProbe: probeView(livenessProbe) }),
    ...(readinessProbe === undefined ? {} : { readinessProbe: probeView(readinessProbe) }),
  };
}

function volumeView(volume: Volume, aliases: Aliases): JsonObject {
  switch (volume.kind) {
    case 'memory':
      return {
        name: volume.name,
        emptyDir: {
          medium: 'Memory',
          ...(volume.sizeLimit === undefined ? {} : { sizeLimit: volume.sizeLimit }),
        },
      };
    case 'secret':
      return {
        name: volume.name,
        secret: {
          secretName: aliases.get(volume.secret) ?? volume.secret,
          ...(volume.defaultMode === undefined ? {} : { defaultMode: volume.defaultMode }),
          ...(volume.items.length === 0
            ? {}
            : {
                items: volume.items.map(({ version, path, mode }) => ({
                  key: version,
                  path,
                  ...(mode === undefined ? {} : { mode }),
                })),
              }),
        },
      };
  }
}
