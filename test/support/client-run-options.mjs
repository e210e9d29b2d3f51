// How the clients of @google-cloud/run reach a plane: over gRPC through the proxy, or over REST at its own address.
import { OAuth2Client } from 'google-auth-library';

/** @param port of the plane, for REST; gRPC without one */
export function connection(port, token) {
  if (port === undefined) return {};
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  return { apiEndpoint: '127.0.0.1', port: Number(port), protocol: 'http', fallback: true, authClient };
}

/** The result of a long-running operation. */
export async function ended(started) {
  const [operation] = await started;
  return (await operation.promise())[0];
}
