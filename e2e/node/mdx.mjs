// Compiles pages as MDX, and runs each to see that nothing in it is an expression or an import.
// Reads lines {"name","text"} and answers each with {"valid","errors"}.
import { createInterface } from 'node:readline';
import { evaluate } from '@mdx-js/mdx';
import { Fragment, jsx, jsxs } from './jsx.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  const { text } = JSON.parse(line);
  let answer = { valid: true, errors: '' };
  try {
    const page = text.replace(/^---\n[\s\S]*?\n---\n/, ''); // front matter is the site builder's
    const module = await evaluate(page, { Fragment, jsx, jsxs });
    module.default({});
    const more = Object.keys(module).filter((name) => name !== 'default');
    if (more.length > 0) answer = { valid: false, errors: `the page exports ${more}` };
  } catch (error) {
    answer = { valid: false, errors: String(error.message ?? error).split('\n')[0] };
  }
  console.log(JSON.stringify(answer));
}
