/** The image that both stories deploy: a page that says which revision answers, built without Docker. */
import { type BuiltImage, nodeServerImage } from '../../registry/index.js';

const SERVER = `import { createServer } from 'node:http';

const { K_SERVICE, K_REVISION, PORT } = process.env;
createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(\`Hello from \${K_SERVICE}, revision \${K_REVISION}.\\n\`);
}).listen(Number(PORT));
process.on('SIGTERM', () => process.exit(0));
`;

/** Builds the image, once for a directory. @param cacheDir where its large layer is kept */
export function demoImage(cacheDir: string): Promise<BuiltImage> {
  return nodeServerImage({ script: SERVER, cacheDir });
}
