/** What we say ourselves about a check, in each language. What Google says stays Google's English. */
import type { Catalogue, Language } from './catalogue.js';
import { english } from './messages-en.js';
import { japanese } from './messages-ja.js';

export const messages: Readonly<Record<Language, Catalogue>> = { en: english, ja: japanese };
