// A message that the caller has begun for the model. Prints the whole of it, or how it was refused.
//   node prefill.mjs '{"sdk":"anthropic","baseUrl":"…","key":"pk-…","model":"…","stream":true,"begun":"…"}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const ways = {
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const messages = [{ role: 'user', content: 'A tale?' }, { role: 'assistant', content: order.begun }];
    const request = { model: order.model, max_tokens: 100, messages };
    const answer = order.stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
    return answer.content[0].text;
  },
  async gemini() {
    const client = new sdk.GoogleGenAI({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl, retryOptions: { attempts: 1 } } });
    const contents = [{ role: 'user', parts: [{ text: 'A tale?' }] }, { role: 'model', parts: [{ text: order.begun }] }];
    const request = { model: order.model, contents };
    if (!order.stream) return (await client.models.generateContent(request)).text;
    let text = '';
    for await (const chunk of await client.models.generateContentStream(request)) text += chunk.text ?? '';
    return text;
  },
};

try {
  say('done', order.begun + (await ways[api]()));
} catch (error) {
  say('done', `${error.status} ${error.error?.error?.message ?? error.message}`);
}
