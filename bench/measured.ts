/** Programs of node's, run beside the benchmark, with the time and the memory that they take. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs a program of node's and watches its memory: VmHWM of proc(5), the most that it ever had. */
export async function measured(args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  let kilobytes = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended meanwhile.
    }
  }, 20);
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  clearInterval(watch);
  if (status !== 0 && status !== 1 && status !== 2)
    throw new Error(`${args.join(' ')} ended with ${String(status)}`);
  return { seconds: (performance.now() - started) / 1000, megabytes: kilobytes / 1024 };
}
