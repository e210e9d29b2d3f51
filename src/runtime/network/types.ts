/** What executors see of the network. */

/** The network namespace of one sandbox. */
export interface SandboxNamespace {
  /** For `linux.namespaces[].path` of the OCI runtime spec; good until `close`. */
  readonly path: string;
  /** The open descriptor; undefined once closed. */
  fd(): number | undefined;
  /** What /etc/resolv.conf says. */
  readonly resolvConf: string;
  /** Lines of /etc/hosts beyond localhost and the host's own name. */
  readonly hosts: readonly string[];
  /** Lets go of it: the kernel frees it when the last process in it has ended. A second call does nothing. */
  close(): void;
}

export interface SandboxNetwork {
  /**
   * @param sandbox what `accept` will be told about connections from there
   * @throws SystemCallError when the process may make no namespaces
   */
  create(sandbox: string): Promise<SandboxNamespace>;
  /** Ends everything that is still open, the namespaces of sandboxes included. */
  close(): Promise<void>;
}
