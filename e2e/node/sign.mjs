// Deliveries signed by the packages of those schemes, for hookrig to verify.
// Reads lines {"scheme","secret","id","timestamp","body"} and answers each with {"headers":{…}}.
import { createInterface } from 'node:readline';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { sign as signGithub } from '@octokit/webhooks-methods';
import Stripe from 'stripe';

const standard = (Webhook) => ({ secret, id, timestamp, body }) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': new Webhook(secret).sign(id, new Date(timestamp * 1000), body),
});

const signers = {
  standardwebhooks: standard(StandardWebhook),
  svix: standard(SvixWebhook),
  octokit: async ({ secret, body }) => ({ 'x-hub-signature-256': await signGithub(secret, body) }),
  stripe: ({ secret, timestamp, body }) => ({
    'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }),
  }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const delivery = JSON.parse(line);
  console.log(JSON.stringify({ headers: await signers[delivery.scheme](delivery) }));
}
