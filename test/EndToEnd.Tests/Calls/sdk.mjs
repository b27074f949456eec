// What the scripts of one call or one loop share: their order, how they print, and the official SDK that the order names.
import { createRequire } from 'node:module';
import path from 'node:path';

export const require = createRequire(path.join(process.env.POLYDEV_TEST_CLIS, 'package.json'));

// Packages of one vendor's API: what they export is called alike.
const packages = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: '@anthropic-ai/sdk',
  'anthropic-0': 'anthropic-sdk-0',
  gemini: '@google/genai',
  'gemini-2': 'genai-2',
};

export const order = JSON.parse(process.argv[2]);
export const say = (kind, value) => process.stdout.write(`${kind} ${JSON.stringify(value)}\n`);
export const sdk = packages[order.sdk] && require(packages[order.sdk]);

// The API without the SDK's generation.
export const api = order.sdk?.replace(/-\d$/, '');

// None asks again by itself: the tests count requests.
export const once = { maxRetries: 0 };
