// A correct consumer on Fastify: one parser that keeps the bytes.
import Fastify from 'fastify';
import { effects, receive } from './receiver.mjs';

const app = Fastify({ bodyLimit: 1 << 20 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
app.setErrorHandler((error, request, reply) => reply.code(error.statusCode ?? 500).type('application/json').send('{"error":"refused"}'));

app.get('/effects/:key', (request, reply) => reply.type('application/json').send(effects(request.params.key)));

app.post('/webhooks*', (request, reply) => {
  const { status, text } = receive(request.body ?? Buffer.alloc(0), request.headers);
  reply.code(status).type('application/json').send(text);
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) });
console.log(app.server.address().port);
