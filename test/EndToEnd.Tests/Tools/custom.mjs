// A call of a custom tool by OpenAI's SDK, and the answer to its result. Prints the call, then the text.
//   node custom.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true,"result":"…"}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
const question = { role: 'user', content: 'Mend it.' };
const custom = { name: 'apply_patch', description: 'Applies a patch.' };
const grammar = { syntax: 'lark', definition: 'start: /.+/' };

const loops = {
  async 'openai-chat'() {
    const request = { model: order.model, tools: [{ type: 'custom', custom: { ...custom, format: { type: 'grammar', grammar } } }] };
    const [call] = (await ask({ ...request, messages: [question] })).tool_calls;
    say('call', { type: call.type, ...call.custom });
    const messages = [
      question, { role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: call.id, content: order.result },
    ];
    return (await ask({ ...request, messages })).content;
  },
  async 'openai-responses'() {
    const tools = [{ type: 'custom', ...custom, format: { type: 'grammar', ...grammar } }];
    const ask = async (input) => {
      const request = { model: order.model, tools, input };
      return order.stream ? client.responses.stream(request).finalResponse() : client.responses.create(request);
    };
    const { output } = await ask([question]);
    const call = output.find((item) => item.type === 'custom_tool_call');
    say('call', { type: call.type, name: call.name, input: call.input });
    const result = { type: 'custom_tool_call_output', call_id: call.call_id, output: order.result };
    return (await ask([question, ...output, result])).output_text;
  },
};

// The SDK's own joining of chunks knows functions alone.
async function ask(request) {
  if (!order.stream) return (await client.chat.completions.create(request)).choices[0].message;
  const message = { content: '', tool_calls: [] };
  for await (const { choices: [{ delta }] } of await client.chat.completions.create({ ...request, stream: true })) {
    message.content += delta.content ?? '';
    for (const { index, custom, ...call } of delta.tool_calls ?? []) {
      const known = message.tool_calls[index];
      if (known) known.custom.input += custom.input;
      else message.tool_calls[index] = { ...call, custom };
    }
  }
  return message;
}

try {
  say('done', await loops[api]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
