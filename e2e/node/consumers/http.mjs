// A correct consumer on node:http alone.
import { createServer } from 'node:http';
import { effects, receive } from './receiver.mjs';

const limit = 1 << 20;

const server = createServer((request, response) => {
  const answer = (status, text) => response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  const { pathname } = new URL(request.url, 'http://localhost');
  if (request.method === 'GET' && pathname.startsWith('/effects/')) return answer(200, effects(decodeURIComponent(pathname.slice(9))));
  if (!pathname.startsWith('/webhooks')) return answer(404, '{"error":"not found"}');
  if (request.method !== 'POST') return answer(405, '{"error":"only POST"}');

  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    if ((size += chunk.length) <= limit) return chunks.push(chunk);
    request.removeAllListeners('data').resume();
    answer(413, '{"error":"too large"}');
  });
  request.on('end', () => {
    if (size > limit) return;
    const { status, text } = receive(Buffer.concat(chunks), request.headers);
    answer(status, text);
  });
  request.on('error', () => {});
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(server.address().port));
