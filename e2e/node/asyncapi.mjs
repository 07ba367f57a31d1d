// Validates AsyncAPI documents. Reads lines {"document"} and answers each with {"valid","errors"}.
import { createInterface } from 'node:readline';
import parserPackage from '@asyncapi/parser';

const parser = new parserPackage.Parser();
for await (const line of createInterface({ input: process.stdin })) {
  const { document } = JSON.parse(line);
  const { document: parsed, diagnostics } = await parser.parse(document);
  const errors = diagnostics.filter((d) => d.severity === 0).map((d) => `${d.path.join('/')}: ${d.message}`);
  console.log(JSON.stringify({ valid: parsed !== undefined && errors.length === 0, errors: errors.slice(0, 3).join('; ') }));
}
