// What every correct Node consumer here shares: it verifies the raw bytes, reads them, and acts once. The
// files beside it only bring it the bytes, each as its framework does.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const secret = process.env.WATSI_WEBHOOK_SECRET ?? process.env.WEBHOOK_SECRET ?? '';

const equal = (given, expected) => {
  const a = Buffer.from(given), b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
};

// How a delivery is verified, by SCHEME. The first is written from the steps that Watsi publishes.
const schemes = {
  watsi: (raw, headers) =>
    equal(headers['x-watsi-signature'] ?? '', createHmac('sha256', secret).update(raw).digest('hex')),

  'standard-webhooks': (raw, headers) => {
    const id = headers['webhook-id'], at = headers['webhook-timestamp'] ?? '';
    if (!id || !/^\d{1,12}$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const expected = 'v1,' + createHmac('sha256', key).update(`${id}.${at}.`).update(raw).digest('base64');
    return (headers['webhook-signature'] ?? '').split(' ').some((signature) => equal(signature, expected));
  },

  none: () => true,
};

const verified = schemes[process.env.SCHEME ?? 'watsi'];

// Where the messages say what they are about.
const each = (list) => (Array.isArray(list) ? list : []);
const things = {
  'message.received': (data) => (data.value ? each(data.value.messages).map((m) => m?.id) : [data.messageId]),
  'message.status': (data) => [data.messageId],
  'message.status.update': (data) => each(data.value?.statuses).map((s) => s?.id),
  'message.sent': (data) => each(data.data?.data?.messages).map((m) => m?.id),
  'conversation.created': (data) => [data.conversationId],
  'conversation.updated': (data) => [data.conversationId],
  'contact.created': (data) => [data.contactId ?? data.uuid ?? data.phone],
  'contact.updated': (data) => [data.contactId ?? data.uuid],
  'contact.deleted': (data) => [data.uuid],
  'group.created': (data) => [data.uuid],
  'group.updated': (data) => [data.uuid],
  'group.deleted': (data) => [data.uuid],
  'autoreply.created': (data) => [data.uuid ?? data.name],
  'autoreply.updated': (data) => [data.uuid ?? data.name],
  'autoreply.deleted': (data) => [data.list?.uuid],
};

const seen = new Set();
const known = new Map(); // key → {effects, at, raw}

// With a JOURNAL, what was acted on is on disk before it is acknowledged, and read again at the start.
const journal = process.env.JOURNAL;

// item is what a batch says about one thing.
const item = (body, key) => each(body.data?.value?.statuses ?? body.data?.value?.messages).find((one) => one?.id === key);

// content is what is said about it; without ids, only that tells a repetition.
const content = (body, key) => JSON.stringify(item(body, key) ?? body.data);

// time is when it was so: the message says it, or the item of the batch.
const time = (body, key) => Date.parse(body.created_at ?? '') || Number(item(body, key)?.timestamp) * 1000 || 0;

// act does what the message asks for, unless it was done before, and reports whether it did.
const act = (body, raw) => {
  const kind = body.type ?? body.event;
  let acted = false;
  if (!Object.hasOwn(things, kind) || typeof body.data !== 'object' || body.data === null) return acted;
  for (const key of things[kind](body.data)) {
    if (typeof key !== 'string' || key === '') continue;
    const identity = body.id ? `${body.id} ${key}` : `${kind} ${key} ${content(body, key)}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    acted = true;
    const at = time(body, key);
    const before = known.get(key) ?? { effects: 0, at: -1, raw: 'null' };
    const newer = at >= before.at;
    known.set(key, { effects: before.effects + 1, at: newer ? at : before.at, raw: newer ? raw : before.raw });
  }
  return acted;
};

if (journal && existsSync(journal)) {
  for (const line of readFileSync(journal, 'utf8').split('\n').slice(0, -1)) {
    const raw = JSON.parse(line);
    act(JSON.parse(raw), raw);
  }
}

// receive takes the bytes of one delivery and says how to answer.
export const receive = (bytes, headers) => {
  if (!verified(bytes, headers)) return { status: 401, text: '{"error":"signature"}' };
  if (headers['content-encoding']) return { status: 415, text: '{"error":"encoding"}' };
  const raw = bytes.toString('utf8').replace(/^\ufeff/, '');
  let body;
  try {
    body = JSON.parse(raw);
  } catch {
    return { status: 400, text: '{"error":"not JSON"}' };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { status: 400, text: '{"error":"not an object"}' };
  if (act(body, raw) && journal) appendFileSync(journal, JSON.stringify(raw) + '\n', { flush: true });
  return { status: 200, text: '{"received":true}' };
};

// effects answers the observer.
export const effects = (key) => {
  const { effects = 0, raw = 'null' } = known.get(key) ?? {};
  return `{"effects":${effects},"value":${raw}}`;
};
