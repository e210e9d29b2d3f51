/** What instances run, as v2 shows it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Container,
  defaultProbe,
  type EnvVar,
  type InstanceTemplate,
  type Volume,
} from '../../deployments/index.js';
import {
  type ContainerSchema,
  EmptyDirVolumeSource_Medium as Medium,
  type VolumeSchema,
} from '../../google/gen/google/cloud/run/v2/k8s.min_pb.js';
import { ExecutionEnvironment } from '../../google/gen/google/cloud/run/v2/vendor_settings_pb.js';
import { defaultName } from '../run/container.js';
import { probeMessage } from './probe.js';

type ContainerInit = MessageInitShape<typeof ContainerSchema>;
type VolumeInit = MessageInitShape<typeof VolumeSchema>;

const ENVIRONMENTS = {
  gen1: ExecutionEnvironment.GEN1,
  gen2: ExecutionEnvironment.GEN2,
} as const;

/**
 * The fields of a template that say what one instance runs, but for {@link executionEnvironmentOf}, which worker pools
 * do not have.
 * @param owner the name of the service, job or worker pool
 */
export function instanceMessage(template: InstanceTemplate, owner: string) {
  return {
    serviceAccount: template.serviceAccount,
    containers: template.containers.map((container) => containerMessage(container, owner)),
    volumes: template.volumes.map(volumeMessage),
  };
}

export const executionEnvironmentOf = ({ executionEnvironment }: InstanceTemplate) =>
  executionEnvironment === undefined ? {} : { executionEnvironment: ENVIRONMENTS[executionEnvironment] };

/** v2 leaves out the name that an unnamed container has in v1. */
function containerMessage(container: Container, owner: string): ContainerInit {
  const { name, image, command, args, env, workingDir, port, cpu, memory } = container;
  return {
    name: name === defaultName(owner) ? '' : name,
    image,
    command: [...command],
    args: [...args],
    workingDir: workingDir ?? '',
    env: env.map(envMessage),
    ports: port === undefined ? [] : [{ name: port.protocol, containerPort: port.number }],
    resources: {
      limits: { cpu, memory },
      cpuIdle: container.cpuIdle,
      startupCpuBoost: container.startupCpuBoost,
    },
    dependsOn: [...container.dependsOn],
    volumeMounts: container.volumeMounts.map((mount) => ({ ...mount })),
    ...probeMessages(container),
  };
}

function envMessage(entry: EnvVar): NonNullable<ContainerInit['env']>[number] {
  if (!('secret' in entry)) return { name: entry.name, values: { case: 'value', value: entry.value } };
  const { name, version } = entry.secret;
  const value = { secretKeyRef: { secret: name, version } };
  return { name: entry.name, values: { case: 'valueSource', value } };
}

/** A container with a port has Cloud Run's own startup probe where the client set none. */
function probeMessages({ startupProbe, livenessProbe, readinessProbe, port }: Container) {
  const startup = startupProbe ?? (port && defaultProbe(port.number));
  return {
    ...(startup === undefined ? {} : { startupProbe: probeMessage(startup) }),
    ...(livenessProbe === undefined ? {} : { livenessProbe: probeMessage(livenessProbe) }),
    ...(readinessProbe === undefined ? {} : { readinessProbe: probeMessage(readinessProbe) }),
  };
}

function volumeMessage(volume: Volume): VolumeInit {
  switch (volume.kind) {
    case 'memory': {
      const value = { medium: Medium.MEMORY, sizeLimit: volume.sizeLimit ?? '' };
      return { name: volume.name, volumeType: { case: 'emptyDir', value } };
    }
    case 'secret': {
      const { secret, defaultMode = 0, items } = volume;
      const value = {
        secret,
        defaultMode,
        items: items.map(({ path, version, mode = 0 }) => ({ path, version, mode })),
      };
      return { name: volume.name, volumeType: { case: 'secret', value } };
    }
  }
}
