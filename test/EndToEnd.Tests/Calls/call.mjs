// One call by an official JavaScript SDK. Reads its order as JSON from argv, prints a line for each piece and one at the end.
//   node call.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true,"text":"…"}'
import { api, once, order, say, sdk } from './sdk.mjs';

const messages = [{ role: 'user', content: order.text }];

const calls = {
  async 'openai-chat'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    if (!order.stream) {
      const answer = await client.chat.completions.create({ model: order.model, messages });
      return { text: answer.choices[0].message.content, stop: answer.choices[0].finish_reason, output: answer.usage.completion_tokens };
    }
    const stream = client.chat.completions.stream({ model: order.model, messages, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) say('piece', chunk.choices[0].delta.content);
    }
    const answer = await stream.finalChatCompletion();
    return { text: answer.choices[0].message.content, stop: answer.choices[0].finish_reason, output: (await stream.totalUsage()).completion_tokens };
  },
  async 'openai-responses'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    if (!order.stream) {
      const answer = await client.responses.create({ model: order.model, input: order.text });
      return { text: answer.output_text, stop: answer.status, output: answer.usage.output_tokens };
    }
    const stream = client.responses.stream({ model: order.model, input: order.text });
    stream.on('response.output_text.delta', (event) => say('piece', event.delta));
    const answer = await stream.finalResponse();
    return { text: answer.output_text, stop: answer.status, output: answer.usage.output_tokens };
  },
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const request = { model: order.model, max_tokens: 1000, messages };
    if (!order.stream) {
      const answer = await client.messages.create(request);
      return { text: answer.content[0].text, stop: answer.stop_reason, output: answer.usage.output_tokens };
    }
    const stream = client.messages.stream(request).on('text', (text) => say('piece', text));
    const answer = await stream.finalMessage();
    return { text: answer.content[0].text, stop: answer.stop_reason, output: answer.usage.output_tokens };
  },
  async gemini() {
    const httpOptions = { baseUrl: order.baseUrl, retryOptions: { attempts: 1 } };
    const client = new sdk.GoogleGenAI({ apiKey: order.key, httpOptions });
    const request = { model: order.model, contents: order.text };
    if (!order.stream) {
      const answer = await client.models.generateContent(request);
      return { text: answer.text, stop: answer.candidates[0].finishReason, output: answer.usageMetadata.candidatesTokenCount };
    }
    let text = '';
    let last;
    for await (const chunk of await client.models.generateContentStream(request)) {
      // Context meters read it there.
      if (!chunk.usageMetadata?.promptTokenCount) throw new Error(`No figure of the prompt: ${JSON.stringify(chunk)}`);
      if (chunk.text) say('piece', chunk.text);
      text += chunk.text ?? '';
      last = chunk;
    }
    return { text, stop: last.candidates[0].finishReason, output: last.usageMetadata.candidatesTokenCount };
  },
};

try {
  say('done', await calls[api]());
} catch (error) {
  say('error', { status: error.status, message: String(error.message), name: error.constructor.name });
}
