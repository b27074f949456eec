// What an SDK shows of an answer's headers: of a good one, and of an error. Prints them by their names.
//   node headers.mjs '{"sdk":"anthropic","baseUrl":"…","key":"pk-…","fails":true}'
import { api, once, order, say, sdk } from '../Calls/sdk.mjs';

const ways = {
  openai: () => new sdk.OpenAI({ baseURL: order.baseUrl, apiKey: order.key, ...once }),
  anthropic: () => new sdk.Anthropic({ baseURL: order.baseUrl, apiKey: order.key, ...once }),
};

try {
  const client = ways[api.split('-')[0]]();
  const { response, request_id } = await (order.fails ? client.models.retrieve('nobody-has-it') : client.models.list()).withResponse();
  say('done', { id: request_id, headers: Object.fromEntries(response.headers) });
} catch (error) {
  say('done', { id: error.requestID, headers: Object.fromEntries(error.headers) });
}
