// Let a chat as `useChat` makes it send, resume and read; print what its user sees as JSON.
//
//   node chat.mjs < script.json
//
// The script is a list of exchanges, made one after the other by one chat:
//   {"send": "what the user says", "resume": false, ...} | {"resume": true, ...}
// each with how its request is answered: {"sse": "a body"}, or {"url", "headers", "body"?} to ask a
// server. `body` is sent as it stands, so that a signature over it holds.
//
// messages  as shown at the end
// status    ready, or error
// error     the message of the error that is shown, or null
// data      transient data parts, in order
// ends      how each exchange ended, in the words of `onFinish`

import { json } from "node:stream/consumers";
import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";

let exchange;
const data = [];
const ends = [];

function answer(url, options) {
  if (exchange.sse !== undefined) return Promise.resolve(new Response(exchange.sse));
  return fetch(url, options);
}

const request = () => ({
  api: exchange.url ?? "http://nowhere.invalid/",
  headers: exchange.headers ?? {},
  body: exchange.body ?? {},
});

const chat = new Chat({
  id: "chat",
  transport: new DefaultChatTransport({
    fetch: answer,
    prepareSendMessagesRequest: request,
    prepareReconnectToStreamRequest: request,
  }),
  onData: (part) => data.push(part),
  onFinish: ({ finishReason = null, isAbort, isDisconnect, isError }) =>
    ends.push({ finishReason, isAbort, isDisconnect, isError }),
});

for (exchange of await json(process.stdin)) {
  if (exchange.resume) await chat.resumeStream();
  else await chat.sendMessage({ text: exchange.send });
}

const error = chat.error?.message ?? null;
console.log(JSON.stringify({ messages: chat.messages, status: chat.status, error, data, ends }));
