/** What the public `hello` image runs: a page that says it works, in place of Google's sample. */

/** The server, as an ES module. It listens on PORT, answers any path, and ends on SIGTERM. */
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
