// A call that asks to see thoughts, by the official SDKs. Prints the thoughts, then the text.
//   node thoughts.mjs '{"sdk":"anthropic","baseUrl":"…","key":"pk-…","model":"…","stream":true}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const messages = [{ role: 'user', content: 'Why?' }];
const { model, stream } = order;

const ways = {
  async 'openai-chat'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const answer = await client.chat.completions.create({ model, messages, stream, reasoning_effort: 'low' });
    const parts = stream ? (await all(answer)).map(({ choices }) => choices[0].delta) : [answer.choices[0].message];
    return [joined(parts, (part) => part.reasoning_content), joined(parts, (part) => part.content)];
  },
  async 'openai-responses'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const request = { model, input: 'Why?', reasoning: { effort: 'low', summary: 'auto' } };
    const { output, output_text } = await (stream
      ? client.responses.stream(request).finalResponse()
      : client.responses.create(request));
    const summaries = output.filter(({ type }) => type === 'reasoning').flatMap(({ summary }) => summary);
    return [joined(summaries, (part) => part.text), output_text];
  },
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const request = { model, messages, max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 } };
    const { content } = await (stream ? client.messages.stream(request).finalMessage() : client.messages.create(request));
    return [joined(content, (block) => block.thinking), joined(content, (block) => block.text)];
  },
  async gemini() {
    const client = new sdk.GoogleGenAI({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl } });
    const request = { model, contents: 'Why?', config: { thinkingConfig: { includeThoughts: true } } };
    const answers = stream
      ? await all(await client.models.generateContentStream(request))
      : [await client.models.generateContent(request)];
    const parts = answers.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    return [joined(parts, (part) => part.thought && part.text), joined(parts, (part) => !part.thought && part.text)];
  },
};

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

function joined(parts, textOf) {
  return parts.map((part) => textOf(part) || '').join('');
}

try {
  const [thoughts, text] = await ways[api]();
  say('thoughts', thoughts);
  say('done', text);
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
