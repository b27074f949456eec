// A conversation of three questions by OpenAI's SDK, each of which names the response before; then what the API has for a stored response.
// Prints what it has seen.
//   node stored.mjs '{"sdk":"openai-responses","baseUrl":"…","key":"pk-…","model":"…","stream":true,"questions":["…","…","…"]}'
import { once, order, say, sdk } from '../Calls/sdk.mjs';

const { model, stream, questions } = order;
const { responses } = new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once });

const ask = (input, previous_response_id) => {
  const request = { model, input, previous_response_id };
  return stream ? responses.stream(request).finalResponse() : responses.create(request);
};

// The SDK's stream adds fields of its own to what was sent.
const shown = ({ id, output, output_text }) => JSON.stringify([id, output.map((item) => item.id), output_text]);

try {
  const answers = [];
  for (const question of questions) answers.push(await ask(question, answers.at(-1)?.id));
  say('texts', answers.map(({ output_text }) => output_text));

  const last = answers.at(-1);
  const got = await responses.retrieve(last.id);
  say('same', shown(got) === shown(last) && got.previous_response_id === answers.at(-2).id);

  const asked = [];
  for await (const item of responses.inputItems.list(last.id)) asked.push(item.content[0].text);
  say('asked', asked);

  const named = [...answers[0].output.map(({ id }) => ({ type: 'item_reference', id })), { role: 'user', content: questions[1] }];
  say('named', (await responses.create({ model, input: named, store: false })).output_text);

  await responses.delete(answers[0].id);
  const gone = await ask('And?', last.id).catch((error) => error);
  say('done', [gone.constructor.name, gone.status, gone.code, gone.param]);
} catch (error) {
  say('failed', { status: error.status, message: String(error.message) });
}
