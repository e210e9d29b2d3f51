/** The error pages that Google's front end shows in place of the container's answer. */
import { escapeHtml, type HttpResponse } from '../google/index.js';

/** One page: a title, a heading and a sentence; HTML as Google's front end sends it. */
export function sendPage(response: HttpResponse, status: number, title: string, sentence: string): void {
  const body = `\n<html><head>\n<meta http-equiv="content-type" content="text/html;charset=utf-8">\n<title>${status} ${title}</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n<h1>Error: ${title}</h1>\n<h2>${sentence}</h2>\n<h2></h2>\n</body></html>\n`;
  response.statusCode = status;
  response.setHeader('content-type', 'text/html; charset=UTF-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

export const pages = {
  notFound: (response: HttpResponse) =>
    sendPage(response, 404, 'Page not found', 'The requested URL was not found on this server.'),
  forbidden: (response: HttpResponse, path: string) =>
    sendPage(
      response,
      403,
      'Forbidden',
      `Your client does not have permission to get URL <code>${escapeHtml(path)}</code> from this server.`,
    ),
  unauthorized: (response: HttpResponse, path: string) => {
    response.setHeader(
      'www-authenticate',
      'Bearer error="invalid_token" error_description="The access token could not be verified"',
    );
    sendPage(
      response,
      401,
      'Unauthorized',
      `Your client does not have permission to the requested URL <code>${escapeHtml(path)}</code>.`,
    );
  },
  unavailable: (response: HttpResponse) =>
    sendPage(
      response,
      503,
      'Server Error',
      'The service you requested is not available yet.<p>Please try again in 30 seconds.',
    ),
  /** All instances were busy for as long as a request waits (docs "Troubleshoot Cloud Run issues", 429). */
  noInstance: (response: HttpResponse) => {
    response.statusCode = 429;
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end('Rate exceeded.');
  },
  serverError: (response: HttpResponse) =>
    sendPage(
      response,
      500,
      'Server Error',
      'The server encountered an error and could not complete your request.<p>Please try again in 30 seconds.',
    ),
  requestTooLarge: (response: HttpResponse) =>
    sendPage(response, 413, 'Request Entity Too Large', 'Your client issued a request that was too large.'),
  badGateway: (response: HttpResponse) => {
    const text =
      'The request failed because either the HTTP response was malformed or connection to the instance had an error.';
    sendPage(
      response,
      503,
      'Server Error',
      `${text}<p>Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting#malformed-response-or-connection-error`,
    );
  },
  timeout: (response: HttpResponse) =>
    sendPage(
      response,
      504,
      'Server Error',
      'The request has been terminated because it has reached the maximum request timeout.',
    ),
} as const;
