// A temperature, which the SDK's own generation of the API may not have. Prints how it went.
//   node sampling.mjs '{"sdk":"anthropic","baseUrl":"…","key":"pk-…","model":"…"}'
import { once, order, say, sdk } from '../Calls/sdk.mjs';

const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
const request = { model: order.model, max_tokens: 10, temperature: 1, messages: [{ role: 'user', content: 'Hello' }] };

try {
  const answer = await client.messages.create(request);
  say('done', answer.content[0].text);
} catch (error) {
  say('done', `${error.status} ${error.error.error.message}`);
}
