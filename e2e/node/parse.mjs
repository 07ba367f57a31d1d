// What two WhatsApp webhook parsers make of the `value` inside a delivery.
// Reads lines {"value":{…},"field":"messages"} and answers each with what each parser saw:
// {"kapso":{"messages":[{id,type,text,from,direction}],"statuses":[{id,status,to}],"error"},"whatsapp-api-js":{…}}.
import { createInterface } from 'node:readline';
import { WhatsAppAPI } from 'whatsapp-api-js';
import { normalizeWebhook } from '@kapso/whatsapp-cloud-api/server';

// Both parse the POST that Meta sends; providers pass its inner part on.
const wrap = ({ value, field }) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: '1', changes: [{ value, field }] }],
});

function kapso(delivery) {
  const seen = normalizeWebhook(wrap(delivery));
  return {
    messages: seen.messages.map((m) => ({ id: m.id, type: m.type, text: m.text?.body, from: m.from, direction: m.kapso?.direction })),
    statuses: seen.statuses.map((s) => ({ id: s.id, status: s.status, to: s.recipientId })),
  };
}

async function whatsappApiJs(delivery) {
  const seen = { messages: [], statuses: [] };
  const api = new WhatsAppAPI({ token: 'unused', appSecret: 'unused', secure: false, v: 'v24.0' });
  api.on.message = ({ message, from }) =>
    seen.messages.push({ id: message.id, type: message.type, text: message.text?.body, from });
  api.on.status = ({ id, status, phone }) => seen.statuses.push({ id, status, to: phone });
  await api.post(wrap(delivery));
  return seen;
}

const attempt = async (parser, delivery) => {
  try {
    return await parser(delivery);
  } catch (error) {
    return { messages: [], statuses: [], error: String(error.message ?? error).split('\n')[0] };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const delivery = JSON.parse(line);
  console.log(JSON.stringify({
    kapso: await attempt(kapso, delivery),
    'whatsapp-api-js': await attempt(whatsappApiJs, delivery),
  }));
}
