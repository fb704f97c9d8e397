// One page of a chat that talks to a site's chat routes with the stock transport, nothing of it
// replaced; print what its user sees as JSON.
//
//   node site.mjs < page.json
//
// api, id     where the routes are, and the thread
// headers     of every request
// tools       of the page: name -> what it returns; an object with `error` is the words of an error
// messages    those that the page begins with
// send        what the user says; without it the page resumes
// at, then    once the answer has that many letters: "leave" closes the connection, as a reload
//             does; "cancel" is what a stop button does
//
// The output is that of chat.mjs.

import { json } from "node:stream/consumers";
import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from "ai";

const page = await json(process.stdin);
const data = [];
const ends = [];
let due = page.then;

const chat = new Chat({
  id: page.id,
  messages: page.messages ?? [],
  transport: new DefaultChatTransport({ api: page.api, headers: page.headers }),
  sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  onToolCall: ({ toolCall: { toolCallId, toolName: tool } }) => {
    const { error, ...output } = page.tools[tool];
    if (error) chat.addToolResult({ tool, toolCallId, state: "output-error", errorText: error });
    else chat.addToolResult({ tool, toolCallId, output });
  },
  onData: (part) => data.push(part),
  onFinish: ({ finishReason = null, isAbort, isDisconnect, isError }) =>
    ends.push({ finishReason, isAbort, isDisconnect, isError }),
});

async function act(what) {
  if (what === "leave") return chat.stop();
  const answer = await fetch(`${page.api}/${page.id}/cancel`, { method: "POST", headers: page.headers });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
}

function letters() {
  const last = chat.messages.at(-1);
  if (last?.role !== "assistant") return 0;
  return last.parts.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
}

chat["~registerMessagesCallback"](() => {
  if (due === undefined || letters() < page.at) return;
  const what = due;
  due = undefined;
  act(what).catch((error) => {
    console.error(error);
    process.exit(1);
  });
});

if (page.send === undefined) await chat.resumeStream();
else await chat.sendMessage({ text: page.send });

const error = chat.error?.message ?? null;
console.log(JSON.stringify({ messages: chat.messages, status: chat.status, error, data, ends }));
