// A ten-line wrapper of standardwebhooks.
import express from 'express';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const app = express();
app.post('/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  try {
    webhook.verify(request.body, request.headers);
  } catch {
    return response.status(400).json({});
  }
  response.json({});
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
