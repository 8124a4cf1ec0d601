// An inbox with hooks: what needs you, answered in place; the rest in the service's order, with its marks.
import { createRoot } from "react-dom/client";
import { createClient } from "agentrun-graph/client";
import { AgentRunProvider, useInbox, useInputRequests, useTimeline } from "agentrun-graph/client/react";
import { useState } from "react";

function Requests() {
  const { requests, answer } = useInputRequests();
  return requests.map(({ id, kind, prompt, choices }) => (
    <p key={id}>
      {prompt}
      {(choices.length > 0 ? choices : [{ id: "", label: "Yes" }, { id: "", label: "No", decision: "DENIED" as const }]).map((choice) => (
        <button key={choice.id || choice.label} onClick={() => void answer(id, {
          decision: kind === "QUESTION" ? "ANSWERED" : (choice.decision ?? "APPROVED"),
          ...(choice.id ? { choiceIds: [choice.id] } : { comment: choice.label }),
        })}>{choice.label}</button>
      ))}
    </p>
  ));
}
function Conversation({ id }: { id: string }) {
  const { entries, hasOlder, loadOlder } = useTimeline({ id }); // read while it is open
  return <>{hasOlder && <button onClick={() => void loadOlder()}>Older</button>}{entries.slice(-200).map((entry) => (
      <pre key={entry.key}>{entry.kind === "draft" ? entry.text : entry.kind === "tool" ? entry.name : "text" in entry.event && entry.event.text}</pre>
    ))}
  </>;
}
function Inbox() {
  const { sessions, counts, hasMore, loadMore, archive, pin } = useInbox({ filter: { state: "ALL" } });
  const [open, setOpen] = useState<string>();
  return <><h1>{counts?.unread} unread</h1><Requests />{sessions.map(({ id, title, sessionId, attention }) => (
    <div key={id}>
      <a href={`#${id}`} onClick={() => setOpen(id)}>{attention.unread ? <b>{title ?? sessionId}</b> : (title ?? sessionId)}</a>
      {attention.reason} <button onClick={() => void archive(id)}>Archive</button> <button onClick={() => void pin(id)}>Pin</button>
    </div>
  ))}{hasMore && <button onClick={() => void loadMore()}>More</button>}{open && <Conversation id={open} />}</>;
}
const client = createClient({ url: document.body.dataset["url"] ?? new URL("/graphql", location.href).href });
export const root = createRoot(document.getElementById("inbox")!);
root.render(<AgentRunProvider client={client}><Inbox /></AgentRunProvider>);
