/** How somebody came by a credential, which audit entries tell (google.cloud.audit.AuthenticationInfo). */
export interface CredentialOrigin {
  /**
   * Who made the caller its service account: members such as `user:alice@example.com`, the account's own impersonator
   * first and whoever asked at first last.
   */
  readonly delegation?: readonly string[];
  /** The service account's key that stands behind it: `projects/PROJECT/serviceAccounts/EMAIL/keys/KEY`. */
  readonly keyName?: string;
}
