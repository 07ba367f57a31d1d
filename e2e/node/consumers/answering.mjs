// A correct bot: it answers every message once, through the provider's API at API_URL, and knows nothing of
// who is watching. Without WATSI_WEBHOOK_SECRET it registers itself there and keeps the secret of the answer.
import { createServer } from 'node:http';
import { createHmac, timingSafeEqual } from 'node:crypto';

const seen = new Set();

let secret = process.env.WATSI_WEBHOOK_SECRET;

const verified = (raw, signature = '') => {
  const expected = Buffer.from(createHmac('sha256', secret).update(raw).digest('hex'));
  const given = Buffer.from(signature); // its bytes count: a header may hold more of them than letters
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const call = (path, body) =>
  fetch(process.env.API_URL + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.API_KEY ?? 'key'}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const say = (conversation, body) => call('/api/v1/messages', { conversation_id: conversation, body });

const register = async (url) => {
  for (; ; await new Promise((done) => setTimeout(done, 50))) {
    try {
      const answer = await call('/api/v1/webhooks', { url, events: ['message.received'] });
      if (answer.status !== 201) continue;
      secret = (await answer.json()).webhook.secret;
      return;
    } catch {
      // the API is not there yet
    }
  }
};

const handle = (raw, signature) => {
  if (!secret) return 503; // the answer to the registration is on its way
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

server.listen(0, '127.0.0.1', () => {
  console.log(server.address().port);
  if (!secret) register(`http://127.0.0.1:${server.address().port}/webhooks/watsi`);
});
