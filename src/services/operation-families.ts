/**
 * One `google.longrunning.Operations` for an API with several families of operations, which differ in their names, in
 * who may see them and in what they carry: gRPC knows one service of that name for each host.
 */
import { createMutableRegistry, type Registry } from '@bufbuild/protobuf';
import { type Operation, Operations } from '../google/gen/google/longrunning/operations_pb.js';
import {
  type AccessRule,
  type Api,
  type HttpBinding,
  type PermissionCheck,
  protoMethods,
  unimplemented,
} from '../google/index.js';

export interface OperationFamily {
  /** Where GetOperation is found over REST. */
  readonly bindings: readonly HttpBinding[];
  /** What its operations carry in their Any fields. */
  readonly types: Registry;
  /** Is this one of its names? */
  readonly owns: (name: string) => boolean;
  /** What the caller must be allowed to do. @throws GoogleError INVALID_ARGUMENT */
  readonly check: (name: string) => PermissionCheck;
  readonly refusal: (check: PermissionCheck) => Error;
  /** @throws GoogleError NOT_FOUND */
  readonly get: (name: string) => Promise<Operation>;
}

/** The families serve no other method of operations. */
const NO_ROUTES = {
  listOperations: [],
  deleteOperation: [],
  cancelOperation: [],
  waitOperation: [],
} as const;

/** @throws GoogleError UNIMPLEMENTED from its methods, for a name that belongs to no family */
export function operationMethods(families: readonly OperationFamily[]): Pick<Api, 'methods' | 'access'> {
  const familyOf = (name: string): OperationFamily => {
    const family = families.find(({ owns }) => owns(name));
    if (!family) throw unimplemented(`Operations such as "${name}" are not served.`);
    return family;
  };
  const askedBy = new WeakMap<PermissionCheck, OperationFamily>();
  const rule: AccessRule = {
    kind: 'permission',
    type: 'ADMIN_READ',
    checks: ({ name }: { readonly name: string }) => {
      const family = familyOf(name);
      const check = family.check(name);
      askedBy.set(check, family);
      return [check];
    },
    refusal: (check) => {
      const family = askedBy.get(check);
      if (!family) throw new Error(`${check.permission} was never asked for`);
      return family.refusal(check);
    },
  };
  return {
    methods: protoMethods(
      Operations,
      { getOperation: ({ name }) => familyOf(name).get(name) },
      {
        registry: createMutableRegistry(...families.map(({ types }) => types)),
        bindings: { ...NO_ROUTES, getOperation: families.flatMap(({ bindings }) => bindings) },
      },
    ),
    access: { 'google.longrunning.Operations.GetOperation': rule },
  };
}
