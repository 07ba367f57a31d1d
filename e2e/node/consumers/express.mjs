// A correct consumer on Express: the raw body, whatever its type.
import express from 'express';
import { effects, receive } from './receiver.mjs';

const app = express();
app.disable('x-powered-by');

app.get('/effects/:key', (request, response) => response.type('json').send(effects(request.params.key)));

app.post(/^\/webhooks/, express.raw({ type: () => true, limit: '1mb', inflate: false }), (request, response) => {
  const { status, text } = receive(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), request.headers);
  response.status(status).type('json').send(text);
});

app.all(/^\/webhooks/, (request, response) => response.status(405).type('json').send('{"error":"only POST"}'));

app.use((error, request, response, next) => response.status(error.status ?? 500).type('json').send('{"error":"refused"}'));

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(server.address().port));
