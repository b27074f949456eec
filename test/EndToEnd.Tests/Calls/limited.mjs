// Two calls by an official JavaScript SDK as its users have it, retries on. Reads its order as JSON from argv, prints what came of each.
//   node limited.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…"}'
import { createRequire } from 'node:module';
import path from 'node:path';

let requests = 0;
const bare = globalThis.fetch;
const fetch = (...request) => {
  requests++;
  return bare(...request);
};
globalThis.fetch = fetch;

const require = createRequire(path.join(process.env.POLYDEV_TEST_CLIS, 'package.json'));
const order = JSON.parse(process.argv[2]);
const messages = [{ role: 'user', content: 'hello' }];
const options = { baseURL: order.baseUrl, apiKey: order.key, fetch };

const sdks = {
  'openai-chat'() {
    const client = new (require('openai').OpenAI)(options);
    return () => client.chat.completions.create({ model: order.model, messages });
  },
  'openai-responses'() {
    const client = new (require('openai').OpenAI)(options);
    return () => client.responses.create({ model: order.model, input: 'hello' });
  },
  anthropic() {
    const client = new (require('@anthropic-ai/sdk').Anthropic)(options);
    return () => client.messages.create({ model: order.model, max_tokens: 100, messages });
  },
  gemini() {
    const client = new (require('@google/genai').GoogleGenAI)({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl } });
    return () => client.models.generateContent({ model: order.model, contents: 'hello' });
  },
};

const call = sdks[order.sdk]();
await call();
const before = requests;
try {
  await call();
  process.stdout.write('answered {}\n');
} catch (error) {
  const { status, message } = error;
  process.stdout.write(`refused ${JSON.stringify({ name: error.constructor.name, status, message, requests: requests - before })}\n`);
}
