// The Express example of Stripe's documentation.
import express from 'express';
import Stripe from 'stripe';

const app = express();
app.post('/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
  let event;
  try {
    event = Stripe.webhooks.constructEvent(request.body, request.headers['stripe-signature'], process.env.WEBHOOK_SECRET);
  } catch (error) {
    return response.status(400).send(`Webhook Error: ${error.message}`);
  }
  switch (event.type) {
    default:
      response.json({ received: true });
  }
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
