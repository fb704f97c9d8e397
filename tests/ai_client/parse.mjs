// The parser of `ai`, as its clients use it.
//
// Run by itself it takes bodies one after the other, each a JSON string on a line of its own, and
// answers each with a line: what `parse` made of it.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseJsonEventStream, uiMessageChunkSchema } from "ai";

/** Every chunk that the parser took, in order, and what it refused: a client stops there. */
export async function parse(stream) {
  const chunks = [];
  const parseErrors = [];
  for await (const result of parseJsonEventStream({ stream, schema: uiMessageChunkSchema })) {
    if (result.success) chunks.push(result.value);
    else parseErrors.push(String(result.error));
  }
  return { chunks, parseErrors };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await parse(new Blob([JSON.parse(line)]).stream())));
}
