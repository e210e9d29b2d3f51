/** Refusals as the metadata server answers them: plain text, or the page of Google's web servers. */
import { escapeHtml } from '../google/index.js';
import type { Content } from './tree.js';

/** An answer that is none of what was asked for. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  constructor(
    /** HTTP's. */
    readonly status: number,
    readonly content: Content,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${status}: ${content.body}`);
  }
}

/** Something is wrong with what was asked, or cannot be had. */
export const plain = (status: number, sentence: string): MetadataError =>
  new MetadataError(status, { type: 'text/html', body: `${sentence}\n` });

const page = (status: number, title: string, sentence: string): Content => ({
  type: 'text/html; charset=UTF-8',
  body: `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error ${status} (${title})!!1</title>
  <p><b>${status}.</b> <ins>That’s an error.</ins>
  <p>${sentence}  <ins>That’s all we know.</ins>
`,
});

const code = (path: string) => `<code>${escapeHtml(path)}</code>`;

export const notFound = (path: string): MetadataError =>
  new MetadataError(
    404,
    page(404, 'Not Found', `The requested URL ${code(path)} was not found on this server.`),
  );

/** @param why said after that one may not; may be empty */
export const forbidden = (path: string, why: string): MetadataError =>
  new MetadataError(
    403,
    page(
      403,
      'Forbidden',
      `Your client does not have permission to get URL ${code(path)} from this server. ${why}`,
    ),
  );

export const methodNotAllowed = (method: string, path: string): MetadataError =>
  new MetadataError(
    405,
    page(
      405,
      'Method Not Allowed',
      `The request method ${code(method)} is inappropriate for the URL ${code(path)}.`,
    ),
    { allow: 'GET, HEAD' },
  );

/** Directories end in a slash. @param location the whole URL of the directory */
export const moved = (location: string): MetadataError =>
  new MetadataError(
    301,
    {
      type: 'text/html; charset=UTF-8',
      body: `<HTML><HEAD><TITLE>301 Moved</TITLE></HEAD><BODY>\n<H1>301 Moved</H1>\nThe document has moved\n<A HREF="${escapeHtml(location)}">here</A>.\n</BODY></HTML>\n`,
    },
    { location },
  );
