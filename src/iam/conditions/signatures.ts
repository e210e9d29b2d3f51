/**
 * The functions and operators of IAM's conditions with their types, in CEL's own spelling of operators
 * (https://cloud.google.com/iam/docs/conditions-attribute-reference,
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md).
 */

export type CelTypeName =
  | 'bool'
  | 'string'
  | 'int'
  | 'uint'
  | 'double'
  | 'bytes'
  | 'null_type'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'dyn';

/**
 * The attributes of IAM's reference. Where a service does not provide one, the part of a condition that asks for it
 * never grants.
 */
export const VARIABLES: Readonly<Record<string, CelTypeName>> = {
  'request.time': 'timestamp',
  'request.host': 'string',
  'request.path': 'string',
  'request.auth.access_levels': 'list',
  'destination.ip': 'string',
  'destination.port': 'int',
  'resource.service': 'string',
  'resource.type': 'string',
  'resource.name': 'string',
  'principal.type': 'string',
  'principal.subject': 'string',
};

/** "You can only use principal attributes in policy bindings for principal access boundary policies." */
export const PRINCIPAL_ATTRIBUTES: readonly string[] = ['principal.type', 'principal.subject'];

/** The functions on a resource's tags, `resource.matchTag('123/env', 'prod')`, with the number of texts each takes. */
export const TAG_FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['matchTag', 2],
  ['matchTagId', 2],
  ['hasTagKey', 1],
  ['hasTagKeyId', 1],
]);

/** The roles that a call of setIamPolicy gives to members or takes from them. */
export const MODIFIED_GRANTS = 'iam.googleapis.com/modifiedGrantsByRole';

const COMPARABLE = ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'timestamp', 'duration'] as const;
const ordered = COMPARABLE.map((type) => `${type} ${type} -> bool`);
const calendar = ['timestamp -> int', 'timestamp string -> int'];
const clock = [...calendar, 'duration -> int'];

/** Name → its forms, `arguments -> result`; a method's target is its first argument. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  '!_': ['bool -> bool'],
  '_&&_': ['bool bool -> bool'],
  '_||_': ['bool bool -> bool'],
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
  '@in': ['dyn list -> bool', 'dyn map -> bool'],
  '_[_]': ['list int -> dyn', 'map dyn -> dyn'],
  '-_': ['int -> int', 'double -> double'],
  '_+_': [
    'int int -> int',
    'double double -> double',
    'string string -> string',
    'list list -> list',
    'timestamp duration -> timestamp',
    'duration timestamp -> timestamp',
    'duration duration -> duration',
  ],
  '_-_': [
    'int int -> int',
    'double double -> double',
    'timestamp timestamp -> duration',
    'timestamp duration -> timestamp',
    'duration duration -> duration',
  ],
  '_*_': ['int int -> int', 'double double -> double'],
  '_/_': ['int int -> int', 'double double -> double'],
  '_%_': ['int int -> int'],
  timestamp: ['string -> timestamp', 'timestamp -> timestamp'],
  date: ['string -> timestamp'],
  duration: ['string -> duration', 'duration -> duration'],
  '.startsWith': ['string string -> bool'],
  '.endsWith': ['string string -> bool'],
  '.extract': ['string string -> string'],
  '.hasOnly': ['list list -> bool'],
  '.getFullYear': calendar,
  '.getMonth': calendar,
  '.getDate': calendar,
  '.getDayOfMonth': calendar,
  '.getDayOfWeek': calendar,
  '.getDayOfYear': calendar,
  '.getHours': clock,
  '.getMinutes': clock,
  '.getSeconds': clock,
  '.getMilliseconds': clock,
};

export interface Signature {
  readonly args: readonly string[];
  readonly result: CelTypeName;
}

const TYPES: ReadonlySet<string> = new Set<CelTypeName>([...COMPARABLE, 'list', 'map', 'dyn']);
const isType = (text: string | undefined): text is CelTypeName => text !== undefined && TYPES.has(text);

function read(form: string): Signature {
  const [args = '', result] = form.split(' -> ');
  if (!isType(result)) throw new Error(`bad signature: ${form}`);
  return { args: args.split(' '), result };
}

export const SIGNATURES: ReadonlyMap<string, readonly Signature[]> = new Map(
  Object.entries(FORMS).map(([name, forms]) => [name, forms.map(read)]),
);
