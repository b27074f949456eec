// A loop with tools by an official JavaScript SDK: it asks, prints the calls, sends the order's result for each, and prints the answer.
//   node tools.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true,"tools":[{…}],"result":"…"}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const question = { role: 'user', content: 'How is the weather?' };

const loops = {
  async 'openai-chat'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map((tool) => ({ type: 'function', function: tool }));
    const ask = async (messages) => {
      const request = { model: order.model, messages, tools };
      const answer = order.stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request);
      return answer.choices[0];
    };
    const first = await ask([question]);
    const calls = first.message.tool_calls;
    say('calls', {
      stop: first.finish_reason,
      calls: calls.map((call) => ({ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) })),
    });
    const results = calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: order.result }));
    return (await ask([question, first.message, ...results])).message.content;
  },
  async 'openai-responses'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map((tool) => ({ type: 'function', strict: false, ...tool }));
    const ask = (input) => {
      const request = { model: order.model, input, tools };
      return order.stream ? client.responses.stream(request).finalResponse() : client.responses.create(request);
    };
    const first = await ask([question]);
    const calls = first.output.filter((item) => item.type === 'function_call');
    say('calls', {
      stop: first.status,
      calls: calls.map((call) => ({ id: call.call_id, name: call.name, arguments: JSON.parse(call.arguments) })),
    });
    const results = calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: order.result }));
    return (await ask([question, ...first.output, ...results])).output_text;
  },
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters }));
    const ask = (messages) => {
      const request = { model: order.model, max_tokens: 1000, messages, tools };
      return order.stream ? client.messages.stream(request).finalMessage() : client.messages.create(request);
    };
    const first = await ask([question]);
    const calls = first.content.filter((block) => block.type === 'tool_use');
    say('calls', { stop: first.stop_reason, calls: calls.map((call) => ({ id: call.id, name: call.name, arguments: call.input })) });
    const results = calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: order.result }));
    const second = await ask([question, { role: 'assistant', content: first.content }, { role: 'user', content: results }]);
    return second.content[0].text;
  },
  async gemini() {
    const client = new sdk.GoogleGenAI({
      apiKey: order.key,
      httpOptions: { baseUrl: order.baseUrl, retryOptions: { attempts: 1 } },
    });
    const functionDeclarations = order.tools.map(({ parameters, ...tool }) => ({ ...tool, parametersJsonSchema: parameters }));
    const ask = async (contents) => {
      const request = { model: order.model, contents, config: { tools: [{ functionDeclarations }] } };
      if (!order.stream) return (await client.models.generateContent(request)).candidates[0];
      const parts = [];
      let last;
      for await (const chunk of await client.models.generateContentStream(request)) {
        last = chunk.candidates[0];
        parts.push(...(last.content?.parts ?? []));
      }
      return { ...last, content: { role: 'model', parts } };
    };
    const user = { role: 'user', parts: [{ text: question.content }] };
    const first = await ask([user]);
    const calls = first.content.parts.map((part) => part.functionCall).filter(Boolean);
    say('calls', { stop: first.finishReason, calls: calls.map((call) => ({ id: call.id, name: call.name, arguments: call.args })) });
    const results = calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: order.result } } }));
    const second = await ask([user, first.content, { role: 'user', parts: results }]);
    return second.content.parts.map((part) => part.text ?? '').join('');
  },
};

try {
  say('done', await loops[api]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
