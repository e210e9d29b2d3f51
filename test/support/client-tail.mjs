// Tails a project's log by Google's client library and prints each entry as a line of JSON, until it is ended.
import { Logging } from '@google-cloud/logging';

const [project, filter] = process.argv.slice(2);
const stream = new Logging({ projectId: project }).tailEntries({ filter, bufferWindow: { seconds: 1 } });
stream.on('data', ({ entries }) => {
  for (const { data, metadata } of entries) {
    const { severity, resource, labels, trace } = metadata;
    process.stdout.write(`${JSON.stringify({ data, severity, type: resource.type, labels, trace })}\n`);
  }
});
stream.on('error', ({ code, message }) => {
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
  process.exitCode = 1;
});
