import { describe, expect, it } from 'vitest';
import { OutputGate, programFailure } from './start-failure.js';

const LONG = 'x'.repeat(600_000);

describe('lines of unknown origin', () => {
  const gated = () => {
    const delivered: string[] = [];
    return { delivered, gate: new OutputGate((stream, line) => delivered.push(`${stream} ${line}`)) };
  };

  it('are delivered in order when it is known', () => {
    const { gate, delivered } = gated();
    gate.line('stdout', 'one');
    gate.line('stderr', 'two');
    expect([delivered, gate.held('stderr')]).toEqual([[], ['two']]);
    gate.open();
    gate.line('stdout', 'three');
    expect(delivered).toEqual(['stdout one', 'stderr two', 'stdout three']);
  });

  it('let others wait when there are many, and are all delivered', async () => {
    const { gate, delivered } = gated();
    expect(gate.room()).toBeUndefined();
    gate.line('stdout', LONG);
    gate.line('stdout', LONG);
    const room = gate.room();
    expect(room).toBeInstanceOf(Promise);
    await gate.full;
    gate.open();
    await room;
    expect(gate.room()).toBeUndefined();
    expect(delivered).toHaveLength(2);
  });

  it('are thrown away when there are too many and no container can have written them, but not afterwards', () => {
    const { gate, delivered } = gated();
    let started = false;
    gate.bound(() => started);
    for (const line of [LONG, LONG, 'thrown away']) {
      gate.arrived();
      gate.line('stderr', line);
    }
    expect(gate.room()).toBeUndefined();
    expect(gate.held('stderr')).toEqual([LONG, LONG]);
    started = true;
    gate.arrived();
    gate.line('stdout', 'a container’s');
    gate.open();
    expect(delivered.at(-1)).toBe('stdout a container’s');
  });
});

it.each([
  ['exec container process `/x`: Exec format error', 'exec format error'],
  ['executable file `x` not found in $PATH: No such file or directory', 'no such file or directory'],
  ['exec: "/x": permission denied: unknown', 'permission denied'],
])('%s is the program’s fault', (text, reason) => {
  expect(programFailure('/x', text)?.message).toBe(
    `Application failed to start: failed to load /x: ${reason}`,
  );
});

it('what does not speak of the program is not its fault', () => {
  expect(programFailure('/x', 'mount `proc`: Permission denied')).toBeUndefined();
});
