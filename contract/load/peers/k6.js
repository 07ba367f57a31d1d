// A fresh random event for each request, signed with HMAC-SHA256 by k6's own crypto.
import crypto from 'k6/crypto';
import http from 'k6/http';

export const options = { discardResponseBodies: true };

const names = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Edsger Dijkstra'];
const number = (digits) => String(Math.floor(Math.random() * 10 ** digits)).padStart(digits, '0');

export default function () {
  const body = JSON.stringify({
    id: `evt_${number(9)}${number(9)}`,
    type: 'message.received',
    created_at: new Date().toISOString(),
    workspace_id: `f2bc2d13-d5a4-49dd-99fe-${number(12)}`,
    data: {
      messageId: `wamid.${number(9)}${number(9)}${number(9)}`,
      conversationId: `chat_${number(9)}`,
      contactId: `contact_${number(9)}`,
      direction: 'inbound',
      type: 'text',
      from: `+35320${number(7)}`,
      contactName: names[Math.floor(Math.random() * names.length)],
      text: `Hello, is my order ${number(9)} on its way? It should have been here ${number(2)} days ago, thank you!`,
      timestamp: number(10),
    },
  });
  http.post(__ENV.TARGET, body, {
    headers: {
      'Content-Type': 'application/json',
      'X-Event': 'message.received',
      'X-Signature': crypto.hmac('sha256', __ENV.SECRET, body, 'hex'),
    },
  });
}

export function handleSummary() {
  return {};
}
