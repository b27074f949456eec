// The same loop, left to what an official SDK or a framework has for it: it asks, runs the tools that the model calls, and asks on until an
// answer has no call. Prints each call that it runs, then that answer.
//   node runners.mjs '{"runner":"openai","baseUrl":"…","key":"pk-…","model":"…","stream":true,"tools":[{…}],"result":"…"}'
import { order, require, say } from '../Calls/sdk.mjs';

const question = 'How is the weather?';
const messages = [{ role: 'user', content: question }];

// More than the test has: a loop without an end is to be seen, not to hang.
const mostRounds = 8;

const run = (tool) => async (args) => {
  say('ran', { name: tool.name, arguments: args });
  return order.result;
};

const lastText = async (parts, textOf) => {
  let text = '';
  for await (const part of parts) text = textOf(part, text);
  return text;
};

const runners = {
  async openai() {
    const { OpenAI } = require('openai');
    const client = new OpenAI({ baseURL: order.baseUrl, apiKey: order.key, maxRetries: 0 });
    const tools = order.tools.map((tool) => ({ type: 'function', function: { ...tool, function: run(tool), parse: JSON.parse } }));
    const request = { model: order.model, messages, tools, stream: order.stream };
    return client.chat.completions.runTools(request, { maxChatCompletions: mostRounds }).finalContent();
  },
  async anthropic() {
    const { Anthropic } = require('@anthropic-ai/sdk');
    const client = new Anthropic({ baseURL: order.baseUrl, apiKey: order.key, maxRetries: 0 });
    const tools = order.tools.map((tool) => ({ ...described(tool), input_schema: tool.parameters, run: run(tool) }));
    const request = { model: order.model, max_tokens: 1000, messages, tools, stream: order.stream, max_iterations: mostRounds };
    const runner = client.beta.messages.toolRunner(request);
    if (order.stream) for await (const stream of runner) await stream.finalMessage();
    return (await runner.runUntilDone()).content[0].text;
  },
  async google() {
    const { GoogleGenAI } = require('@google/genai');
    const client = new GoogleGenAI({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl, retryOptions: { attempts: 1 } } });
    const byName = new Map(order.tools.map((tool) => [tool.name, run(tool)]));
    const tool = {
      tool: async () => ({
        functionDeclarations: order.tools.map((tool) => ({ ...described(tool), parametersJsonSchema: tool.parameters })),
      }),
      callTool: (calls) => Promise.all(calls.map(async ({ id, name, args }) => (
        { functionResponse: { id, name, response: { output: await byName.get(name)(args) } } }))),
    };
    const config = { tools: [tool], automaticFunctionCalling: { maximumRemoteCalls: mostRounds } };
    const request = { model: order.model, contents: question, config };
    return order.stream
      ? lastText(await client.models.generateContentStream(request), textOfChunk)
      : (await client.models.generateContent(request)).text;
  },
  'vercel-openai': () => vercel('@ai-sdk/openai', 'createOpenAI', (provider) => provider.chat(order.model)),
  'vercel-responses': () => vercel('@ai-sdk/openai', 'createOpenAI', (provider) => provider.responses(order.model)),
  'vercel-anthropic': () => vercel('@ai-sdk/anthropic', 'createAnthropic', (provider) => provider(order.model)),
  'vercel-google': () => vercel('@ai-sdk/google', 'createGoogleGenerativeAI', (provider) => provider(order.model)),
  'langchain-openai': () => langChain('@langchain/openai', 'ChatOpenAI', {
    apiKey: order.key, configuration: { baseURL: order.baseUrl },
  }),
  'langchain-anthropic': () => langChain('@langchain/anthropic', 'ChatAnthropic', {
    apiKey: order.key, anthropicApiUrl: order.baseUrl,
  }),
  'langchain-google': () => langChain('@langchain/google-genai', 'ChatGoogleGenerativeAI', {
    apiKey: order.key, baseUrl: order.baseUrl,
  }),
};

function described({ name, description }) {
  return { name, description };
}

// Text before a call is not the answer.
function textOfChunk({ candidates: [{ content }] }, text) {
  const parts = content?.parts ?? [];
  return parts.some((part) => part.functionCall) ? '' : text + parts.map((part) => part.text ?? '').join('');
}

async function vercel(name, create, modelOf) {
  const { generateText, jsonSchema, stepCountIs, streamText, tool } = require('ai');
  const model = modelOf(require(name)[create]({ baseURL: order.baseUrl, apiKey: order.key }));
  const tools = Object.fromEntries(order.tools.map((each) => [
    each.name, tool({ description: each.description, inputSchema: jsonSchema(each.parameters), execute: run(each) }),
  ]));
  const request = { model, tools, prompt: question, stopWhen: stepCountIs(mostRounds), maxRetries: 0 };
  if (!order.stream) return (await generateText(request)).text;
  const stream = streamText({ ...request, onError: ({ error }) => { throw error; } });
  await stream.consumeStream();
  return stream.text;
}

async function langChain(name, model, options) {
  const { createAgent, tool } = require('langchain');
  const tools = order.tools.map((each) => tool(run(each), { ...described(each), schema: each.parameters }));
  const agent = createAgent({ model: new (require(name)[model])({ model: order.model, maxRetries: 0, ...options }), tools });
  if (!order.stream) return textOfMessage((await agent.invoke({ messages })).messages.at(-1));
  return lastText(
    await agent.stream({ messages }, { streamMode: 'values' }), (state) => textOfMessage(state.messages.at(-1)));
}

function textOfMessage({ content }) {
  return typeof content === 'string' ? content : content.map((block) => block.text ?? '').join('');
}

try {
  say('done', await runners[order.runner]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
