/** Conditions are waited for as long as a busy machine may take, where a test does not say otherwise. */
import { vi } from 'vitest';

const PATIENCE_MS = 20_000;
const { waitFor } = vi;

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
