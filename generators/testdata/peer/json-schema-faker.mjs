// The JavaScript peer of BenchmarkAppend: json-schema-faker on the same event schemas, with $refs put
// in place before the clock starts, and short texts. Run by `make bench-generate`:
//   node generators/testdata/peer/json-schema-faker.mjs schemas/watsi/events e2e/node
// It prints one line: messages per second and bytes per message.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, modules] = process.argv.slice(2);
if (!folder || !modules) {
  console.error('usage: node json-schema-faker.mjs EVENTS_FOLDER NODE_FOLDER');
  process.exit(2);
}
const home = resolve(modules, 'node_modules/json-schema-faker');
const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const { generate } = await import(pathToFileURL(join(home, exports['.'].import.default)).href);

const files = new Map();
const read = (file) => {
  if (!files.has(file)) files.set(file, JSON.parse(readFileSync(file, 'utf8')));
  return files.get(file);
};

// inline puts the target of every $ref in its place; recursion ends after three rounds.
function inline(node, file, depth = 0) {
  if (Array.isArray(node)) return node.map((item) => inline(item, file, depth));
  if (node === null || typeof node !== 'object') return node;
  const { $ref, $defs, $schema, ...rest } = node;
  const own = Object.fromEntries(
    Object.entries(rest)
      .filter(([key]) => !key.startsWith('x-') && key !== 'contentSchema')
      .map(([key, value]) => [key, inline(value, file, depth)]),
  );
  if ($ref === undefined) return own;
  if (depth > 24) return {};
  const [path, pointer = ''] = $ref.split('#');
  const target = path === '' ? file : join(dirname(file), path);
  let found = read(target);
  for (const segment of pointer.split('/').slice(1)) found = found[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
  return { ...inline(found, target, depth + 1), ...own };
}

const schemas = readdirSync(folder)
  .filter((name) => name.endsWith('.schema.json'))
  .map((name) => inline(read(join(folder, name)), join(folder, name)));
if (schemas.length === 0) throw new Error(`no schemas in ${folder}`);

const options = { maxLength: 24, maxItems: 2 };
const once = async (n) => {
  let bytes = 0;
  for (let i = 0; i < n; i++) bytes += JSON.stringify(await generate(schemas[i % schemas.length], options)).length;
  return bytes;
};
await once(200);
const n = 3000;
const start = process.hrtime.bigint();
const bytes = await once(n);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(`json-schema-faker ${Math.round(n / seconds)} messages/s, ${Math.round(bytes / n)} bytes each`);
