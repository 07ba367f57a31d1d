// Second opinion on validity: ajv over the same schema files.
// Reads lines {"provider","event","bodies":["…"]} and answers each with {"valid","errors"}: of the
// first body that is refused.
// Usage: node validate.mjs FOLDER   (FOLDER/<provider>/events/**.schema.json)
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const folder = process.argv[2];
const base = 'https://schemas.invalid/';

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
for (const file of readdirSync(folder, { recursive: true })) {
  if (!file.endsWith('.schema.json')) continue;
  const { $schema, $id, ...schema } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  ajv.addSchema(schema, base + file);
}

function judge({ provider, event, bodies }) {
  const validate = ajv.getSchema(`${base}${provider}/events/${event}.schema.json`);
  if (!validate) return { valid: false, errors: `no schema for ${provider} ${event}` };
  for (const body of bodies) {
    if (!validate(JSON.parse(body))) return { valid: false, errors: `${ajv.errorsText(validate.errors)} in ${body}` };
  }
  return { valid: bodies.length > 0, errors: bodies.length > 0 ? '' : 'no bodies' };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(judge(JSON.parse(line))));
}
