// A chat page as an application writes one: `useChat`, the stock transport, a stop button.
// Its query says `thread`, `who` and `model`.

import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const API = "/api/chat";
const query = new URLSearchParams(location.search);
const thread = query.get("thread");
const headers = { "X-Test-Who": query.get("who"), "X-Test-Model": query.get("model") };
const transport = new DefaultChatTransport({ api: API, headers });

function Part({ part }) {
  if (part.type === "text") return <p>{part.text}</p>;
  if (!part.type.startsWith("tool-") && part.type !== "dynamic-tool") return null;
  return <pre>{JSON.stringify([part.state, part.input, part.output ?? part.errorText ?? null])}</pre>;
}

function Page({ history }) {
  const { messages, sendMessage, status, error } =
    useChat({ id: thread, messages: history, transport, resume: true });
  const [text, setText] = useState("");
  const send = (event) => {
    event.preventDefault();
    sendMessage({ text });
    setText("");
  };
  const stop = () => fetch(`${API}/${thread}/cancel`, { method: "POST", headers });
  return (
    <form onSubmit={send}>
      {messages.map((message) => (
        <article key={message.id} className={message.role}>
          {message.parts.map((part, index) => <Part key={index} part={part} />)}
        </article>
      ))}
      <output>{status}</output>
      {error && <p role="alert">{error.message}</p>}
      <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
      <button type="button" onClick={stop}>Stop</button>
    </form>
  );
}

const answer = await fetch(`${API}/${thread}/messages`, { headers });
const { messages } = await answer.json();
createRoot(document.body).render(<Page history={messages} />);
