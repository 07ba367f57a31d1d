"use strict";
// What the page is built of. Text from elsewhere only ever becomes text: nothing here parses HTML.

const $ = (id) => document.getElementById(id);

// el makes an element: properties, then children, which are elements or text.
function el(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("aria-") || name === "scope" || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child.nodeType ? child : visible(String(child)));
  return made;
}

// visible shows what would otherwise hide, or turn the text around.
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (c) => c === "\r" ? "␍" : "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

// fill replaces the children of an element.
function fill(place, ...children) { place.replaceChildren(...children.flat().filter((c) => c !== null && c !== undefined)); }

// button makes a button that is out of use while its work goes on.
function button(text, work) {
  const made = el("button", { type: "button" }, text);
  made.addEventListener("click", async () => {
    made.disabled = true;
    await attempt(work);
    made.disabled = false;
  });
  return made;
}

// submitted does work when a form is sent.
function submitted(id, work) {
  $(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(work);
  });
}

function notice(text) {
  $("notice").textContent = visible(text);
  $("notice").hidden = text === "";
}

// attempt does work and says what went wrong.
async function attempt(work) {
  try {
    notice("");
    await work();
  } catch (problem) {
    if (problem.name !== "AbortError") notice(problem.message);
  }
}

function time(text) {
  const at = new Date(text);
  return el("time", { dateTime: text, title: text }, at.toLocaleTimeString([], { hour12: false }));
}

function badge(status) {
  const classes = { delivered: "pass", active: "pass", acknowledged: "pass", dead: "fail", disabled: "fail", exhausted: "fail", pending: "advisory", retry: "advisory", paused: "advisory" };
  return el("span", { className: "badge " + (classes[status] || "idle") }, status);
}

// json colours JSON, pretty; what is no JSON stays as it is.
function json(text) {
  let pretty;
  try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { return el("pre", { tabIndex: 0 }, text); }
  const out = el("pre", { tabIndex: 0 });
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([^"\d\-tfn]+|.)/g;
  for (const [all, string, colon, number, word] of pretty.matchAll(token)) {
    const kind = string ? (colon ? "j-key" : "j-string") : number ? "j-number" : word ? "j-word" : "";
    out.append(kind ? el("span", { className: kind }, string || all) : visible(all), colon && string ? colon : "");
  }
  return out;
}
