// Prints the failed tests of result files, a few lines each: the end of a log is what is read first.
//   node eng/failures.mjs FILE...     xunit's XML, or vitest's JSON
import { existsSync, readFileSync } from 'node:fs';

const shown = 400;
const short = (text) => text.trim().split('\n').slice(0, 4).join('\n    ').slice(0, shown);
const unescape = (text) =>
  text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, '&');

function* failuresOf(file) {
  if (!existsSync(file)) {
    yield [file, 'The suite ended without results; see its last lines above.'];
    return;
  }
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) {
    for (const { name, assertionResults, message } of JSON.parse(text).testResults) {
      const failed = assertionResults.filter((test) => test.status === 'failed');
      for (const test of failed) yield [test.fullName, test.failureMessages.join('\n')];
      if (message && failed.length === 0) yield [name, message];
    }
    return;
  }
  for (const element of text.split(/<(?=(?:test|error) )/).slice(1)) {
    const failure = /<failure[\s\S]*?<message>(?:<!\[CDATA\[)?([\s\S]*?)(?:\]\]>)?<\/message>/.exec(element);
    if (failure) yield [unescape(/ name="([^"]*)"/.exec(element)?.[1] ?? 'outside of any test'), failure[1]];
  }
}

for (const file of process.argv.slice(2))
  for (const [name, message] of failuresOf(file)) console.log(`FAILED ${name}\n    ${short(message)}`);
