/** An estate file as copies are written: nothing comes by itself with its projects, for all there is was copied. */
import type {
  BindingDocument,
  DenyPolicyDocument,
  EstateDocument,
  FolderDocument,
  OrganizationDocument,
  ProjectDocument,
} from '../../estate-file/index.js';

/** What projects, folders and organizations have. */
export interface ContainerCopy {
  readonly id: string;
  readonly iam?: readonly BindingDocument[];
  readonly denyPolicies?: readonly DenyPolicyDocument[];
}

export interface ProjectCopy extends ProjectDocument {
  readonly defaults: false;
}

export interface EstateCopy extends EstateDocument {
  readonly organization?: OrganizationDocument & { readonly defaults: false };
  readonly folders?: readonly FolderDocument[];
  readonly projects: readonly ProjectCopy[];
}
