/** What the public sample images run, in place of Google's samples: ES modules for this machine's Node.js. */

/** `hello`: a page that says that it works. It listens on PORT, answers any path, and ends on SIGTERM. */
export const HELLO_SCRIPT = `import { createServer } from 'node:http';

const { PORT = '8080', K_SERVICE = 'hello', K_REVISION = '' } = process.env;
const text = (value) => value.replace(/[&<>"]/g, (c) => '&#' + c.charCodeAt(0) + ';');
const page = \`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>It's running!</title>
<style>
  body { font: 18px/1.6 system-ui, sans-serif; max-width: 36em; margin: 18vh auto; padding: 0 1em; color: #1f2933 }
  h1 { font-size: 2.2em; margin: 0 0 .3em }
  code { background: #eef1f5; border-radius: 4px; padding: .1em .4em }
</style>
<h1>It's running!</h1>
<p>Congratulations, you have deployed a container.</p>
<p>Service <code>\${text(K_SERVICE)}</code>\${K_REVISION ? ', revision <code>' + text(K_REVISION) + '</code>' : ''}.</p>
</html>
\`;

const server = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(request.method === 'HEAD' ? undefined : page);
});
server.listen(Number(PORT), () => console.log('Hello from ' + K_SERVICE + ', listening on port ' + PORT));
process.on('SIGTERM', () => server.close(() => process.exit(0)) && server.closeIdleConnections());
`;

/**
 * `job`: one task that says that it ran, as Google's sample does; SLEEP_MS makes it longer, FAIL_RATE (0 to 1) lets
 * attempts fail (https://cloud.google.com/run/docs/quickstarts/jobs/build-create-nodejs).
 */
export const JOB_SCRIPT = `const { CLOUD_RUN_TASK_INDEX = '0', CLOUD_RUN_TASK_ATTEMPT = '0', SLEEP_MS = '0', FAIL_RATE = '0' } = process.env;
const name = 'Task #' + CLOUD_RUN_TASK_INDEX + ', Attempt #' + CLOUD_RUN_TASK_ATTEMPT;
const rate = Number(FAIL_RATE);
if (!(rate >= 0 && rate <= 1)) {
  console.error('Invalid FAIL_RATE env var value: ' + FAIL_RATE + '. Must be a float between 0 and 1 inclusive.');
  process.exit(1);
}
process.on('SIGTERM', () => process.exit(143));
console.log('Starting ' + name + '...');
setTimeout(() => {
  if (Math.random() < rate) {
    console.error(name + ' failed.');
    process.exit(1);
  }
  console.log('Completed ' + name + '.');
}, Number(SLEEP_MS) || 0);
`;

/** `worker-pool`: works until it is told to stop, and says so now and then. */
export const WORKER_POOL_SCRIPT = `const { CLOUD_RUN_WORKER_POOL = 'worker-pool', CLOUD_RUN_WORKER_POOL_REVISION = '' } = process.env;
const timer = setInterval(() => console.log('Still working.'), 60_000);
process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log('Worker pool ' + CLOUD_RUN_WORKER_POOL + ' stops.');
});
console.log('Worker pool ' + CLOUD_RUN_WORKER_POOL + ' started, revision ' + CLOUD_RUN_WORKER_POOL_REVISION + '.');
`;
