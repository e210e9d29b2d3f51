/** What keeps a command from talking to a plane. Each has one sentence that names the mend. */
export type ClientProblem =
  | { readonly kind: 'no-plane'; readonly dataDir: string }
  /** The record of a plane that was killed. */
  | { readonly kind: 'plane-gone'; readonly dataDir: string; readonly pid: number }
  | { readonly kind: 'plane-silent'; readonly dataDir: string; readonly url: string; readonly cause: string }
  | { readonly kind: 'bad-member'; readonly text: string }
  | { readonly kind: 'sign-in-failed'; readonly email: string; readonly cause: string }
  /** The plane's own words to an admin call. */
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'broken-installation'; readonly missing: string };

/** Thrown for every foreseen problem; the command line says it in its user's language by `problem`. */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(readonly problem: ClientProblem) {
    super(sentence(problem));
  }
}

function sentence(problem: ClientProblem): string {
  switch (problem.kind) {
    case 'no-plane':
      return `No plane runs on the data directory ${problem.dataDir}. Start one: sekisho start --data ${problem.dataDir}`;
    case 'plane-gone':
      return `The plane on the data directory ${problem.dataDir} is gone (process ${problem.pid}). Start it again: sekisho start --data ${problem.dataDir}`;
    case 'plane-silent':
      return `The plane at ${problem.url} does not answer (${problem.cause}). Start it again: sekisho start --data ${problem.dataDir}`;
    case 'bad-member':
      return `'${problem.text}' is neither a user nor a service account. Write an e-mail address, user:EMAIL or serviceAccount:EMAIL.`;
    case 'sign-in-failed':
      return `gcloud could not be signed in as ${problem.email}: ${problem.cause}`;
    case 'refused':
      return problem.cause;
    case 'broken-installation':
      return `${problem.missing} is missing from this installation; install sekisho again.`;
  }
}
