// An MCP client of the official JavaScript SDK: starts a server, prints a line with its tools and one with what a tool answers.
//   node mcp.mjs '{"command":"…","args":[…],"env":{…},"tool":"tunnel_status"}'
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.POLYDEV_TEST_CLIS, 'package.json'));
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const order = JSON.parse(process.argv[2]);
const say = (kind, value) => process.stdout.write(`${kind} ${JSON.stringify(value)}\n`);

const client = new Client({ name: 'test', version: '1' });
await client.connect(new StdioClientTransport({ command: order.command, args: order.args, env: order.env }));
say('server', client.getServerVersion());
say('tools', (await client.listTools()).tools.map((tool) => tool.name));
say('answer', await client.callTool({ name: order.tool, arguments: {} }));
await client.close();
