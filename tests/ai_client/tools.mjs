// A client that answers the calls of its own tools; print what its user sees as JSON.
//
//   node tools.mjs < script.json
//
// The script is {"mode", "text", "run", "tools", "service"}:
//   mode     "frames": the stream stays open, and `onToolCall` posts each answer as a frame;
//            "results": the stream ends when the run waits for its client, `onToolCall` hands its
//            answers to `addToolResult`, and the chat sends them by itself
//   run      the body that starts the run, tools included
//   tools    name -> what the tool returns; an object with `error` is the words of an error
//   service  {"url", "prefix", "key", "user"}: where it is, and who signs for whom
//
// messages, status, error   as chat.mjs
// requests                  how many streams were asked for

import { createHash, createHmac, randomUUID } from "node:crypto";
import { json } from "node:stream/consumers";
import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport, isToolUIPart, lastAssistantMessageIsCompleteWithToolCalls } from "ai";

const { mode, text, run, tools, service } = await json(process.stdin);
const names = { run_id: run.run_id, thread_id: run.thread_id };
let requests = 0;
let lastId = "0";

function signed(method, path, body) {
  const b64 = (bytes) => Buffer.from(bytes).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const p = b64(
    JSON.stringify({
      ...names,
      iat: now,
      exp: now + 60,
      nonce: randomUUID(),
      user_id: service.user,
      htm: method,
      htp: service.prefix + path,
      bsh: createHash("sha256").update(body).digest("hex"),
    }),
  );
  const s = createHmac("sha256", service.key).update(p).digest("base64url");
  return {
    "Content-Type": "application/json",
    "X-OA-RUNTIME-SIGNATURE": `v1.${p}.${s}`,
    "X-OA-USER-ID": String(service.user),
  };
}

// One frame for one call, whose id makes a repetition harmless.
const frameOf = (toolCallId, answer) => ({
  frame_id: `answer:${toolCallId}`,
  type: "tool_result",
  payload: { tool_call_id: toolCallId, ...answer },
});

async function post(frame) {
  const path = `/runs/${run.run_id}/frames`;
  const body = JSON.stringify({ thread_id: run.thread_id, ...frame });
  const url = service.url + service.prefix + path;
  const response = await fetch(url, { method: "POST", headers: signed("POST", path, body), body });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

// What the chat's last message has of answers: the last one goes with the request that streams on.
async function nextFrame(messages) {
  const last = messages.at(-1);
  if (last.role === "user")
    return { frame_id: last.id, type: "user_message", payload: { parts: last.parts } };
  const step = last.parts.slice(last.parts.findLastIndex((part) => part.type === "step-start"));
  const frames = step
    .filter((part) => isToolUIPart(part) && !part.providerExecuted)
    .map((part) =>
      frameOf(
        part.toolCallId,
        part.state === "output-error" ? { error: part.errorText } : { output: part.output },
      ),
    );
  for (const frame of frames.slice(0, -1)) await post(frame);
  return frames.at(-1);
}

// The stream, noting the last id that was seen: the next request goes on from there.
function noting(response) {
  const decoder = new TextDecoder();
  let rest = "";
  const note = new TransformStream({
    transform(bytes, controller) {
      rest += decoder.decode(bytes, { stream: true });
      for (const [, id] of rest.matchAll(/^id: (\d+)\n/gm)) lastId = id;
      rest = rest.slice(rest.lastIndexOf("\n") + 1);
      controller.enqueue(bytes);
    },
  });
  return new Response(response.body.pipeThrough(note), response);
}

async function ask(_url, { signal, body }) {
  requests += 1;
  const path = "/runs/stream";
  const query = mode === "results" ? "?until=client" : "";
  const headers = { ...signed("POST", path, body), "Last-Event-ID": lastId };
  const url = service.url + service.prefix + path + query;
  return noting(await fetch(url, { method: "POST", headers, body, signal }));
}

function answer({ toolCall: { toolCallId, toolName: tool } }) {
  if (!(tool in tools)) throw new Error(`${tool} is not a tool of this client`);
  const { error, ...output } = tools[tool];
  if (mode === "frames") return post(frameOf(toolCallId, error ? { error } : { output }));
  // Not awaited: it waits for the end of what calls this function.
  if (error) chat.addToolResult({ tool, toolCallId, state: "output-error", errorText: error });
  else chat.addToolResult({ tool, toolCallId, output });
  return undefined;
}

const chat = new Chat({
  id: run.thread_id,
  transport: new DefaultChatTransport({
    fetch: ask,
    prepareSendMessagesRequest: async ({ messages }) => ({
      body: { run, frame: await nextFrame(messages) },
    }),
  }),
  onToolCall: answer,
  sendAutomaticallyWhen: mode === "results" ? lastAssistantMessageIsCompleteWithToolCalls : undefined,
});

await chat.sendMessage({ text });
const error = chat.error?.message ?? null;
console.log(JSON.stringify({ messages: chat.messages, status: chat.status, error, requests }));
