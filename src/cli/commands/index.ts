/** Every command, in the order of the help. A new one is a file of its own and a line here. */
import type { Register } from '../context.js';
import { register as apply } from './apply.js';
import { register as audit } from './audit.js';
import { register as check } from './check.js';
import { register as credentialHelper } from './credential-helper.js';
import { register as demo } from './demo.js';
import { register as doctor } from './doctor.js';
import { register as env } from './env.js';
import { register as exec } from './exec.js';
import { register as exportPlane } from './export.js';
import { register as fix } from './fix.js';
import { register as image } from './image.js';
import { register as isolated } from './isolated.js';
import { register as rehearse } from './rehearse.js';
import { register as reset } from './reset.js';
import { register as roles } from './roles.js';
import { register as scan } from './scan.js';
import { register as shell } from './shell.js';
import { register as start } from './start.js';
import { register as stop } from './stop.js';
import { register as token } from './token.js';

export const commands: readonly Register[] = [
  start,
  stop,
  exec,
  shell,
  env,
  check,
  fix,
  scan,
  audit,
  apply,
  exportPlane,
  rehearse,
  reset,
  image,
  roles,
  token,
  doctor,
  demo,
  credentialHelper,
  isolated,
];
