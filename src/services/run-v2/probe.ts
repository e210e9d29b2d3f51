/** Probes as v2's protos have them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Probe, ProbeCheck } from '../../deployments/index.js';
import type { ProbeSchema } from '../../google/gen/google/cloud/run/v2/k8s.min_pb.js';

type ProbeInit = MessageInitShape<typeof ProbeSchema>;

export function probeMessage({ check, ...timing }: Probe): ProbeInit {
  return { ...timing, probeType: checkMessage(check) };
}

function checkMessage(check: ProbeCheck): NonNullable<ProbeInit['probeType']> {
  switch (check.kind) {
    case 'tcp':
      return { case: 'tcpSocket', value: { port: check.port } };
    case 'grpc':
      return { case: 'grpc', value: { port: check.port, service: check.service } };
    case 'http':
      return {
        case: 'httpGet',
        value: {
          path: check.path,
          port: check.port,
          httpHeaders: Object.entries(check.headers).map(([name, value]) => ({ name, value })),
        },
      };
  }
}
