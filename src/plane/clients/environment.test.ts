import { describe, expect, it } from 'vitest';
import { applyChanges, type ClientFiles, environmentChanges } from './environment.js';

const files: ClientFiles = {
  url: 'http://127.0.0.1:8750',
  dataDir: '/data',
  caBundle: '/data/ca-bundle.pem',
  gcloudConfig: '/data/clients/members/user-alice@example.com/gcloud',
  credentials: '/data/clients/members/user-alice@example.com/adc.json',
  registryAuth: '/data/clients/auth.json',
  dockerConfig: '/data/clients/docker',
  bin: '/data/bin',
};
const member = 'user:alice@example.com';

describe("the clients' environment", () => {
  it('is exactly this', () => {
    const settings = { member, project: 'myproject-a', region: 'asia-northeast1' };
    expect(environmentChanges(files, settings, { PATH: '/usr/bin:/bin' })).toEqual({
      set: {
        HTTPS_PROXY: 'http://127.0.0.1:8750',
        https_proxy: 'http://127.0.0.1:8750',
        HTTP_PROXY: 'http://127.0.0.1:8750',
        http_proxy: 'http://127.0.0.1:8750',
        grpc_proxy: 'http://127.0.0.1:8750',
        NO_PROXY: 'localhost,127.0.0.1,::1',
        no_proxy: 'localhost,127.0.0.1,::1',
        SSL_CERT_FILE: '/data/ca-bundle.pem',
        REQUESTS_CA_BUNDLE: '/data/ca-bundle.pem',
        CURL_CA_BUNDLE: '/data/ca-bundle.pem',
        NODE_EXTRA_CA_CERTS: '/data/ca-bundle.pem',
        GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: '/data/ca-bundle.pem',
        CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: '/data/ca-bundle.pem',
        CLOUDSDK_CONFIG: '/data/clients/members/user-alice@example.com/gcloud',
        GOOGLE_APPLICATION_CREDENTIALS: '/data/clients/members/user-alice@example.com/adc.json',
        REGISTRY_AUTH_FILE: '/data/clients/auth.json',
        DOCKER_CONFIG: '/data/clients/docker',
        GOOGLE_CLOUD_PROJECT: 'myproject-a',
        CLOUDSDK_CORE_PROJECT: 'myproject-a',
        CLOUDSDK_RUN_REGION: 'asia-northeast1',
        CLOUDSDK_ARTIFACTS_LOCATION: 'asia-northeast1',
        SEKISHO_DATA: '/data',
        SEKISHO_AS: 'user:alice@example.com',
        PATH: '/data/bin:/usr/bin:/bin',
      },
      unset: [],
    });
  });

  it('names no project and no region that nobody gave', () => {
    const { set } = environmentChanges(files, { member }, {});
    expect(Object.keys(set).filter((name) => /PROJECT|REGION|LOCATION/.test(name))).toEqual([]);
  });

  it('never inherits a proxy, an exception from it, or certificates', () => {
    const inherited = {
      https_proxy: 'http://proxy.example.com:3128',
      NO_PROXY: '.googleapis.com',
      no_proxy: '*',
      REQUESTS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
      no_grpc_proxy: 'googleapis.com',
    };
    const env = applyChanges(inherited, environmentChanges(files, { member }, inherited));
    expect(env.https_proxy).toBe('http://127.0.0.1:8750');
    expect([env.NO_PROXY, env.no_proxy]).toEqual(['localhost,127.0.0.1,::1', 'localhost,127.0.0.1,::1']);
    expect(env.REQUESTS_CA_BUNDLE).toBe('/data/ca-bundle.pem');
    expect(env).not.toHaveProperty('no_grpc_proxy');
  });

  it.each([
    'CLOUDSDK_AUTH_ACCESS_TOKEN',
    'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE',
    'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE',
    'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT',
    'CLOUDSDK_CORE_ACCOUNT',
    'CLOUDSDK_ACTIVE_CONFIG_NAME',
    'CLOUDSDK_PROXY_ADDRESS',
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN',
    'GOOGLE_OAUTH_ACCESS_TOKEN',
  ])('takes %s away, which would lead elsewhere or act as somebody else', (name) => {
    const changes = environmentChanges(files, { member }, { [name]: 'x', OTHER: 'y' });
    expect(changes.unset).toEqual([name]);
    expect(applyChanges({ [name]: 'x', OTHER: 'y' }, changes)).not.toHaveProperty(name);
  });

  it("leaves the user's other variables alone", () => {
    const inherited = { HOME: '/home/u', CLOUDSDK_CORE_VERBOSITY: 'debug', CLOUDSDK_PYTHON: 'python3' };
    expect(applyChanges(inherited, environmentChanges(files, { member }, inherited))).toMatchObject(
      inherited,
    );
  });

  it('puts the credential helper on the PATH once, however deep shells are nested', () => {
    const { set } = environmentChanges(files, { member }, { PATH: '/data/bin:/usr/bin:/data/bin' });
    expect(set.PATH).toBe('/data/bin:/usr/bin');
  });
});
