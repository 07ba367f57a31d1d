// The middleware of @octokit/webhooks, as its README has it.
import { createServer } from 'node:http';
import { Webhooks, createNodeMiddleware } from '@octokit/webhooks';

const webhooks = new Webhooks({ secret: process.env.WEBHOOK_SECRET });
webhooks.onAny(() => {});
const server = createServer(createNodeMiddleware(webhooks, { path: '/webhooks', log: { debug() {}, info() {}, warn() {}, error() {} } }));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
