// Calls to the control API, all in the session that the page shows.

const base = "/_hookrig/v1";
const place = new URL(location.href);
const session = place.searchParams.get("session") || "default";

function token() { return sessionStorage.getItem("hookrig-token") || ""; }

function address(path, query) {
  const parameters = new URLSearchParams(query);
  parameters.set("session", session);
  return base + path + "?" + parameters;
}

function headers(more) {
  const all = { ...more };
  if (token()) all.Authorization = "Bearer " + token();
  return all;
}

// call makes one call and returns what it answers; a problem becomes an error with its detail.
async function call(method, path, body, query) {
  const init = { method, headers: headers() };
  if (method !== "GET" && method !== "DELETE") {
    init.headers["Content-Type"] = "application/json";
    init.body = typeof body === "string" ? body : JSON.stringify(body || {});
  }
  const reply = await fetch(address(path, query), init);
  if (reply.status === 401) $("token-form").hidden = false;
  const text = await reply.text();
  const answer = text ? JSON.parse(text) : null;
  if (!reply.ok) throw new Error((answer && answer.detail) || "the server answered " + reply.status);
  return answer;
}

// follow calls back for each update of the session, and comes back when the connection ends.
async function follow(update, state) {
  for (let pause = 250; ; pause = Math.min(pause * 2, 5000)) {
    try {
      const reply = await fetch(address("/live"), { headers: headers() });
      if (!reply.ok) throw new Error("not now");
      state(true);
      pause = 250;
      await lines(reply.body, update);
    } catch { /* the pause follows */ }
    state(false);
    await new Promise((done) => setTimeout(done, pause));
  }
}

// lines reads lines of JSON; empty ones are signs of life.
async function lines(body, each) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) each(JSON.parse(part));
  }
}
