// A text completion by OpenAI's own SDK. Prints a line for each piece and one at the end.
//   node completions.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true,"text":"…"}'
import { once, order, say, sdk } from '../Calls/sdk.mjs';

const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
const request = { model: order.model, prompt: order.text };

try {
  if (!order.stream) {
    const answer = await client.completions.create(request);
    say('done', { text: answer.choices[0].text, stop: answer.choices[0].finish_reason, output: answer.usage.completion_tokens });
  } else {
    const done = { text: '' };
    for await (const chunk of await client.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
      const choice = chunk.choices[0];
      if (choice?.text) say('piece', choice.text);
      done.text += choice?.text ?? '';
      done.stop ??= choice?.finish_reason ?? undefined;
      done.output = chunk.usage?.completion_tokens;
    }
    say('done', done);
  }
} catch (error) {
  say('error', { status: error.status, message: String(error.message) });
}
