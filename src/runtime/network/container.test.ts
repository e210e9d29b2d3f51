import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OciExecutor } from '../oci/executor.js';
import { DEFAULT_LIMITS } from '../oci/limits.js';
import { findRuntime } from '../oci/oci-runtime.js';
import { startAlone } from '../testing-alone.js';
import { canRun, reportWhatIsMissing } from '../testing-executor.js';
import { shell } from '../testing-images.js';

reportWhatIsMissing();

const SCRIPT = `
  wget -q -O - http://metadata.google.internal/by-name
  wget -q -O - http://metadata/by-short-name
  wget -q -O - http://run.googleapis.com:443/plane
  nslookup metadata.google.internal | tail -n +3 | grep ^Address
  wget -q -O - http://example.com/ 2>/dev/null || echo none
`;

describe.runIf(canRun)('a container', { timeout: 30_000 }, () => {
  it('finds the metadata server and Google by their names, whatever its user', async () => {
    const runtime = await findRuntime(DEFAULT_LIMITS.probeMs);
    if (typeof runtime === 'string') throw new Error(runtime);
    const dataDir = mkdtempSync(join(tmpdir(), 'sekisho-network-'));
    const reached: string[] = [];
    const lines: string[] = [];
    const http = createServer(({ url }, response) => response.end(`${url}\n`));
    const executor = new OciExecutor(runtime, {
      dataDir,
      network: {
        googleHosts: ['*.googleapis.com'],
        accept: (sandbox, peer, socket) => {
          reached.push(`${peer} by ${sandbox}`);
          http.emit('connection', socket);
        },
      },
      onWarning: (message) => lines.push(message),
    });
    const config = { Entrypoint: ['/bin/sh', '-c'], Cmd: [SCRIPT], User: '1000' };
    const onOutput = (_: string, line: string) => void lines.push(line);
    const spec = shell('', { config, onOutput });
    await (await startAlone(executor, spec)).exited;
    await executor.close();
    rmSync(dataDir, { recursive: true });
    expect(lines).toEqual(['/by-name', '/by-short-name', '/plane', 'Address: 169.254.169.254', 'none']);
    expect(reached).toEqual(['metadata', 'metadata', 'google'].map((peer) => `${peer} by ${spec.id}`));
  });
});
