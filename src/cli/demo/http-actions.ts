/** What both drivers can do without any client: ask a service for its page, push an image. */
import { fetchToken, type RunningPlane } from '../../plane/clients/index.js';
import { type BuiltImage, PushRefused, pushImage } from '../../registry/index.js';
import type { Action } from './driver.js';
import { getPage } from './plane-calls.js';

/** @param token gives the ID token */
export function fetchAction(plane: RunningPlane, url: string, token: () => Promise<string>): Action {
  const { host } = new URL(url);
  const { port } = new URL(plane.url);
  return {
    shown: [`GET http://${host}.localhost:${port}/`],
    run: async (onOutput) => {
      const { status, text } = await getPage(plane, host, await token());
      onOutput(text);
      return { code: status === 200 ? 0 : 22, output: text };
    },
  };
}

export function pushAction(
  plane: RunningPlane,
  member: string,
  image: BuiltImage,
  reference: string,
): Action {
  const colon = reference.lastIndexOf(':');
  const [name, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
  return {
    shown: [`PUT https://${name.replace('/', '/v2/')}/manifests/${tag}`],
    run: async (onOutput) => {
      try {
        const token = await fetchToken(plane, member);
        const digest = await pushImage({ registryUrl: plane.url, name, tag, token, image });
        onOutput(`${digest}\n`);
        return { code: 0, output: digest };
      } catch (error) {
        if (!(error instanceof PushRefused)) throw error;
        onOutput(`${error.message}\n`);
        return { code: 1, output: error.message };
      }
    },
  };
}
