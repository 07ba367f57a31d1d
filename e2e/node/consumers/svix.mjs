// The Express example of Svix's documentation.
import express from 'express';
import { Webhook } from 'svix';

const app = express();
app.post('/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  try {
    new Webhook(process.env.WEBHOOK_SECRET).verify(request.body, request.headers);
  } catch {
    return response.status(400).json({});
  }
  response.json({});
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
