// Signatures under the packages that the consumers of those schemes use.
// Reads lines {"scheme","secret","headers":{…},"body"} and answers each with {"valid","error"}.
import { createInterface } from 'node:readline';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { verify as verifyGithub } from '@octokit/webhooks-methods';
import Stripe from 'stripe';

const verifiers = {
  standardwebhooks: ({ secret, headers, body }) => new StandardWebhook(secret).verify(body, headers),
  svix: ({ secret, headers, body }) => new SvixWebhook(secret).verify(body, headers),
  octokit: async ({ secret, headers, body }) => {
    if (!(await verifyGithub(secret, body, headers['x-hub-signature-256']))) throw new Error('signature does not match');
  },
  stripe: ({ secret, headers, body }) => Stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret),
};

for await (const line of createInterface({ input: process.stdin })) {
  const delivery = JSON.parse(line);
  let answer = { valid: true, error: '' };
  try {
    await verifiers[delivery.scheme](delivery);
  } catch (error) {
    answer = { valid: false, error: String(error.message ?? error).split('\n')[0] };
  }
  console.log(JSON.stringify(answer));
}
