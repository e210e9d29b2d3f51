import type { GenService } from '@bufbuild/protobuf/codegenv2';
import type { IAM } from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import type { ProtoHandlers } from '../../google/index.js';

/** Handlers of google.iam.admin.v1.IAM. */
export type IamHandlers = ProtoHandlers<typeof IAM extends GenService<infer Methods> ? Methods : never>;
