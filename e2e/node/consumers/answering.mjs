// A correct bot: it answers every message once, through the provider's API at API_URL, and knows nothing of
// who is watching.
import { createServer } from 'node:http';
import { createHmac, timingSafeEqual } from 'node:crypto';

const seen = new Set();

const verified = (raw, signature = '') => {
  const expected = Buffer.from(createHmac('sha256', process.env.WATSI_WEBHOOK_SECRET).update(raw).digest('hex'));
  const given = Buffer.from(signature); // its bytes count: a header may hold more of them than letters
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const say = (conversation, body) =>
  fetch(`${process.env.API_URL}/api/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.API_KEY ?? 'key'}`, 'content-type': 'application/json' },
    body: JSON.stringify({ conversation_id: conversation, body }),
  });

const handle = (raw, signature) => {
  if (!verified(raw, signature)) return 401;
  let message;
  try {
    message = JSON.parse(raw.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return 400;
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 400;
  const conversation = message.data?.conversationId;
  if (message.type !== 'message.received' || typeof conversation !== 'string' || !conversation || seen.has(message.id)) return 200;
  seen.add(message.id);
  say(conversation, 'Thank you, we are on it.').catch(() => seen.delete(message.id));
  return 200;
};

const server = createServer((request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => (size += chunk.length) <= 1 << 20 && chunks.push(chunk));
  request.on('end', () => response.writeHead(size > 1 << 20 ? 413 : handle(Buffer.concat(chunks), request.headers['x-watsi-signature'])).end());
  request.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
