// Read one stream with the parser and the reader of `ai`; print what they made of it as JSON.
//
//   node read.mjs < body.sse
//   node read.mjs URL < headers.json
//
// chunks       every chunk that the parser took, in order
// parseErrors  what it refused: a client stops at the first of these
// errors       what the reader complained of: `error` chunks, and chunks that fit nowhere
// messages     the messages that it has assembled, each as it was last seen

import { json, text } from "node:stream/consumers";
import { readUIMessageStream } from "ai";
import { parse } from "./parse.mjs";

async function bodyOf(url) {
  if (url === undefined) return new Blob([await text(process.stdin)]).stream();
  const response = await fetch(url, { headers: await json(process.stdin) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.body;
}

async function assemble(chunks) {
  const errors = [];
  const seen = new Map();
  const onError = (error) => errors.push(error.message);
  for await (const message of readUIMessageStream({ stream: ReadableStream.from(chunks), onError }))
    seen.set(message.id, message);
  return { errors, messages: [...seen.values()] };
}

const { chunks, parseErrors } = await parse(await bodyOf(process.argv[2]));
console.log(JSON.stringify({ chunks, parseErrors, ...(await assemble(chunks)) }));
