/** Policy Troubleshooter: explanations of decisions, as far as whoever asks may see what they come from. */
export * from './api.js';
