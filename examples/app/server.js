// A small consumer: it verifies the signature over the raw bytes, answers at once, and replies later.
const http = require("node:http");
const { createHmac, timingSafeEqual } = require("node:crypto");

const secret = process.env.WATSI_WEBHOOK_SECRET;
const seen = new Set(); // event ids, because deliveries may come twice

function signed(body, header) {
  const want = createHmac("sha256", secret).update(body).digest();
  const got = Buffer.from(String(header), "hex");
  return got.length === want.length && timingSafeEqual(got, want);
}

async function reply(event) {
  await fetch(process.env.WATSI_API_URL + "/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + process.env.WATSI_API_KEY },
    body: JSON.stringify({ conversation_id: event.data.conversationId, body: "Thank you, we will answer soon." }),
  });
}

http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    if (request.method !== "POST" || request.url !== "/webhooks/watsi") return response.writeHead(404).end();
    if (!signed(body, request.headers["x-watsi-signature"])) return response.writeHead(401).end();
    let event;
    try { event = JSON.parse(body); } catch { return response.writeHead(400).end(); }
    response.writeHead(200).end("OK");
    if (seen.has(event.id)) return;
    seen.add(event.id);
    if (event.type === "message.received") reply(event).catch((problem) => console.error("reply:", problem.message));
  });
}).listen(process.env.PORT || 4000, process.env.HOST || "0.0.0.0", () => console.log("the app is ready"));
