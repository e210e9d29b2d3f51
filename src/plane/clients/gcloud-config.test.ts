import { describe, expect, it } from 'vitest';
import { gcloudProperties, mergeProperties } from './gcloud-config.js';

const ours = gcloudProperties({
  url: 'http://127.0.0.1:8750',
  caBundle: '/data/ca-bundle.pem',
  account: 'alice@example.com',
});

const written = `[core]
account = alice@example.com
custom_ca_certs_file = /data/ca-bundle.pem
disable_usage_reporting = true
check_gce_metadata = false

[proxy]
type = http
address = 127.0.0.1
port = 8750

[component_manager]
disable_update_check = true

[survey]
disable_prompts = true
`;

describe("gcloud's configuration", () => {
  it('is exactly this where there was none', () => {
    expect(mergeProperties('', ours)).toBe(written);
  });

  it('comes out the same when written again', () => {
    expect(mergeProperties(written, ours)).toBe(written);
  });

  it('keeps what the user set in it, and corrects what leads to the plane', () => {
    const edited = written
      .replace('port = 8750', 'port = 1')
      .replace('account = alice@example.com', 'account = bob@example.com\nproject = myproject-a')
      .concat('\n[run]\nregion = asia-northeast1\n');
    const merged = mergeProperties(edited, ours);
    expect(merged).toContain('project = myproject-a\n');
    expect(merged).toContain('[run]\nregion = asia-northeast1\n');
    expect(merged).toContain('port = 8750\n');
    expect(merged).toContain('account = alice@example.com\n');
    expect(merged).not.toContain('bob@example.com');
  });

  it('brackets an IPv6 address, for gcloud pastes it before the port', () => {
    const { proxy } = gcloudProperties({
      url: 'http://[::1]:8750',
      caBundle: '/c',
      account: 'a@example.com',
    });
    expect(proxy).toEqual({ type: 'http', address: '[::1]', port: '8750' });
  });
});
