/** Startup probes as v2's protos have them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Probe } from '../../deployments/index.js';
import type { ProbeSchema } from '../../google/gen/google/cloud/run/v2/k8s.min_pb.js';

export function probeMessage({ check, ...timing }: Probe): MessageInitShape<typeof ProbeSchema> {
  return {
    ...timing,
    probeType:
      check.kind === 'tcp'
        ? { case: 'tcpSocket', value: { port: check.port } }
        : {
            case: 'httpGet',
            value: {
              path: check.path,
              port: check.port,
              httpHeaders: Object.entries(check.headers).map(([name, value]) => ({ name, value })),
            },
          },
  };
}
