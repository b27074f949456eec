// A loop with tools by an official JavaScript SDK: it asks, prints the calls of each round, sends a result for each of them, the order's with
// the call's id, until an answer has none, and prints that one.
//   node tools.mjs '{"sdk":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true,"tools":[{…}],"result":"…"}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const question = { role: 'user', content: 'How is the weather?' };

const round = (stop, calls) => say('calls', { stop, calls });

const resultOf = (id) => `${order.result} for ${id}`;

const loops = {
  async 'openai-chat'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map((tool) => ({ type: 'function', function: tool }));
    const messages = [question];
    for (;;) {
      const request = { model: order.model, messages, tools };
      const { choices: [{ message, finish_reason }] } = order.stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return message.content;
      round(finish_reason, calls.map((call) => ({
        id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments),
      })));
      messages.push(message, ...calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: resultOf(call.id) })));
    }
  },
  async 'openai-responses'() {
    const client = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map((tool) => ({ type: 'function', strict: false, ...tool }));
    const input = [question];
    for (;;) {
      const request = { model: order.model, input, tools };
      const answer = order.stream ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
      const calls = answer.output.filter((item) => item.type === 'function_call');
      if (calls.length === 0) return answer.output_text;
      round(answer.status, calls.map((call) => ({ id: call.call_id, name: call.name, arguments: JSON.parse(call.arguments) })));
      const results = calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: resultOf(call.call_id) }));
      input.push(...answer.output, ...results);
    }
  },
  async anthropic() {
    const client = new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const tools = order.tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters }));
    const messages = [question];
    for (;;) {
      const request = { model: order.model, max_tokens: 1000, messages, tools };
      const answer = order.stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
      const calls = answer.content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) return answer.content[0].text;
      round(answer.stop_reason, calls.map((call) => ({ id: call.id, name: call.name, arguments: call.input })));
      const results = calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: resultOf(call.id) }));
      messages.push({ role: 'assistant', content: answer.content }, { role: 'user', content: results });
    }
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
    const contents = [{ role: 'user', parts: [{ text: question.content }] }];
    for (;;) {
      const answer = await ask(contents);
      const calls = answer.content.parts.map((part) => part.functionCall).filter(Boolean);
      if (calls.length === 0) return answer.content.parts.map((part) => part.text ?? '').join('');
      round(answer.finishReason, calls.map((call) => ({ id: call.id, name: call.name, arguments: call.args })));
      const results = calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: resultOf(id) } } }));
      contents.push(answer.content, { role: 'user', parts: results });
    }
  },
};

try {
  say('done', await loops[api]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
