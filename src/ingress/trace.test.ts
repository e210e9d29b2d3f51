import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { traceOf } from './trace.js';

const ID = '105445aa7843bc8bf206b12000100000';

describe('traceOf', () => {
  it("reads Google's header, and tells the same in the W3C's", () => {
    const given = `${ID}/74;o=1`;
    const traceparent = `00-${ID}-000000000000004a-01`;
    expect(traceOf({ 'x-cloud-trace-context': given })).toEqual({
      id: ID,
      span: '000000000000004a',
      sampled: true,
      headers: { 'x-cloud-trace-context': given, traceparent },
    });
  });

  it("reads the W3C's header, and tells the same in Google's", () => {
    const traceparent = `00-${ID}-000000000000004a-00`;
    expect(traceOf({ traceparent })).toEqual({
      id: ID,
      span: '000000000000004a',
      sampled: false,
      headers: { 'x-cloud-trace-context': `${ID}/74;o=0`, traceparent },
    });
  });

  it.each(['', 'x', `${ID}/`, `${ID}x`, `${ID}/1;o=`])(
    "begins a new trace where Google's header is '%s'",
    (given) => {
      const { id, headers } = traceOf({ 'x-cloud-trace-context': given });
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(id).not.toBe(ID);
      expect(headers['x-cloud-trace-context']).toMatch(new RegExp(`^${id}/\\d+;o=1$`));
    },
  );

  it('reads back what it writes', () => {
    const hex = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (id, span, sampled) => {
        fc.pre(/[^0]/.test(span));
        const { headers } = traceOf({ traceparent: `00-${id}-${span}-0${sampled ? 1 : 0}` });
        const { 'x-cloud-trace-context': google } = headers;
        expect(traceOf({ 'x-cloud-trace-context': google })).toEqual({ id, span, sampled, headers });
      }),
    );
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (google, traceparent) => {
        expect(traceOf({ 'x-cloud-trace-context': google, traceparent }).span).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});
