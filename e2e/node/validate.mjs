// Second opinion on validity: ajv over the same schema files.
// Reads lines {"provider","event","body"} and answers each with {"valid","errors"}.
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

for await (const line of createInterface({ input: process.stdin })) {
  const { provider, event, body } = JSON.parse(line);
  const validate = ajv.getSchema(`${base}${provider}/events/${event}.schema.json`);
  if (!validate) {
    console.log(JSON.stringify({ valid: false, errors: `no schema for ${provider} ${event}` }));
    continue;
  }
  const valid = validate(JSON.parse(body));
  console.log(JSON.stringify({ valid, errors: valid ? '' : ajv.errorsText(validate.errors) }));
}
