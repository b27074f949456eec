// A conversation is compacted, and goes on from what came back. Prints the kinds of its items, and the answer.
//   node compaction.mjs '{"sdk":"openai-responses","baseUrl":"…","key":"pk-…","model":"…"}'
import { once, order, say, sdk } from '../Calls/sdk.mjs';

const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
const input = [{ role: 'user', content: 'My colour is teal.' }, { role: 'assistant', content: 'Noted.' }];

try {
  const compacted = await client.responses.compact({ model: order.model, input });
  say('compacted', compacted.output.map((item) => item.type));
  const next = [...compacted.output, { role: 'user', content: 'Which is it?' }];
  say('done', (await client.responses.create({ model: order.model, input: next })).output_text);
} catch (error) {
  say('error', { status: error.status, message: String(error.message) });
}
