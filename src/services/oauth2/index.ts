/** Google's OAuth 2.0 and OpenID Connect end points: how clients get, inspect and end the plane's tokens. */
export { answer, OAuthError, readParameters, readText, required } from './answers.js';
export { type OAuth2Options, oauth2Handler } from './handler.js';
