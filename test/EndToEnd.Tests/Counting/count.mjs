// What a request comes to, by the official SDKs' own ways to ask. Prints the figure.
//   node count.mjs '{"sdk":"anthropic","baseUrl":"…","key":"pk-…","model":"…","text":"…"}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const messages = [{ role: 'user', content: order.text }];

const ways = {
  async 'openai-responses'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    return (await client.responses.inputTokens.count({ model: order.model, input: order.text })).input_tokens;
  },
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    return (await client.messages.countTokens({ model: order.model, messages })).input_tokens;
  },
  async gemini() {
    const client = new sdk.GoogleGenAI({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl } });
    return (await client.models.countTokens({ model: order.model, contents: order.text })).totalTokens;
  },
};

try {
  say('done', await ways[api]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
