// One typed answer, by what an official SDK or a framework has for it. Prints the value that the helper gives.
//   node structured.mjs '{"helper":"openai-chat","baseUrl":"…","key":"pk-…","model":"…","stream":true}'
import { once, order, require, say } from '../Calls/sdk.mjs';

const { z } = require('zod/v4');

const Report = z.object({ city: z.string(), degrees: z.number(), sky: z.enum(['rain', 'sun']) });
const question = 'How is the weather?';
const messages = [{ role: 'user', content: question }];

const openai = () => new (require('openai').OpenAI)({ baseURL: order.baseUrl, apiKey: order.key, ...once });

const helpers = {
  async 'openai-chat'() {
    const { zodResponseFormat } = require('openai/helpers/zod');
    const request = { model: order.model, messages, response_format: zodResponseFormat(Report, 'report') };
    const { chat: { completions } } = openai();
    const answer = order.stream ? await completions.stream(request).finalChatCompletion() : await completions.parse(request);
    return answer.choices[0].message.parsed;
  },
  async 'openai-responses'() {
    const { zodTextFormat } = require('openai/helpers/zod');
    const request = { model: order.model, input: question, text: { format: zodTextFormat(Report, 'report') } };
    const { responses } = openai();
    return (order.stream ? await responses.stream(request).finalResponse() : await responses.parse(request)).output_parsed;
  },
  async anthropic() {
    const { Anthropic } = require('@anthropic-ai/sdk');
    const { zodOutputFormat } = require('@anthropic-ai/sdk/helpers/zod');
    const client = new Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once });
    const request = { model: order.model, max_tokens: 1000, messages, output_config: { format: zodOutputFormat(Report) } };
    const answer = order.stream ? await client.messages.stream(request).finalMessage() : await client.messages.parse(request);
    return answer.parsed_output;
  },
  gemini: () => google({ responseJsonSchema: z.toJSONSchema(Report) }),
  'gemini-own-schema'() {
    const { Type } = require('@google/genai');
    return google({
      responseSchema: {
        type: Type.OBJECT,
        required: ['city', 'degrees', 'sky'],
        properties: { city: { type: Type.STRING }, degrees: { type: Type.NUMBER }, sky: { type: Type.STRING, enum: ['rain', 'sun'] } },
      },
    });
  },
  'vercel-openai': () => vercel('@ai-sdk/openai', 'createOpenAI', (provider) => provider.chat(order.model)),
  'vercel-responses': () => vercel('@ai-sdk/openai', 'createOpenAI', (provider) => provider.responses(order.model)),
  'vercel-anthropic': () => vercel('@ai-sdk/anthropic', 'createAnthropic', (provider) => provider(order.model)),
  'vercel-google': () => vercel('@ai-sdk/google', 'createGoogleGenerativeAI', (provider) => provider(order.model)),
  'langchain-openai': () => langChain('@langchain/openai', 'ChatOpenAI', { apiKey: order.key, configuration: { baseURL: order.baseUrl } }),
  'langchain-anthropic': () => langChain('@langchain/anthropic', 'ChatAnthropic', { apiKey: order.key, anthropicApiUrl: order.baseUrl }),
  'langchain-google': () => langChain('@langchain/google-genai', 'ChatGoogleGenerativeAI', { apiKey: order.key, baseUrl: order.baseUrl }),
};

// It has no helper that parses.
async function google(format) {
  const { GoogleGenAI } = require('@google/genai');
  const client = new GoogleGenAI({ apiKey: order.key, httpOptions: { baseUrl: order.baseUrl, retryOptions: { attempts: 1 } } });
  const request = { model: order.model, contents: question, config: { responseMimeType: 'application/json', ...format } };
  if (!order.stream) return JSON.parse((await client.models.generateContent(request)).text);
  let text = '';
  for await (const chunk of await client.models.generateContentStream(request)) text += chunk.text ?? '';
  return JSON.parse(text);
}

async function vercel(name, create, modelOf) {
  const { generateText, Output, streamText } = require('ai');
  const model = modelOf(require(name)[create]({ baseURL: order.baseUrl, apiKey: order.key }));
  const request = { model, prompt: question, output: Output.object({ schema: Report }), maxRetries: 0 };
  if (!order.stream) return (await generateText(request)).output;
  const stream = streamText({ ...request, onError: ({ error }) => { throw error; } });
  await stream.consumeStream();
  return stream.output;
}

const langChain = (name, model, options) =>
  new (require(name)[model])({ model: order.model, maxRetries: 0, ...options }).withStructuredOutput(Report).invoke(messages);

try {
  say('done', await helpers[order.helper]());
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
