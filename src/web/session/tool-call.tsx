import { useState } from "react";
import type { TimelineEntry } from "../../client/client.js";
import { duration } from "../duration";
import { Icon } from "../icon";
import { Diff } from "../text/diff";
import { Json } from "../text/json";
import { Terminal } from "../text/terminal";
import { Asked } from "./asked";

type Call = Extract<TimelineEntry, { kind: "tool" }>;

const words = {
  RUNNING: "works",
  COMPLETED: "done",
  FAILED: "failed",
  DENIED: "not allowed",
  CANCELLED: "cancelled",
} as const;

/** A tool call in one line, which opens to what it was given, what it wrote and changed, and what it gave. What it asks is always shown. */
export function ToolCall({ call, isOpened }: { call: Call; isOpened: boolean }) {
  const { name, title, status, durationMs, diffs } = call;
  // That it waits is said once, however many of its requests are open.
  const requests = call.requests.filter((each) => each.state !== "OPEN" || each === call.request);
  const [isOpen, setOpen] = useState(isOpened);
  const added = diffs.reduce((sum, { additions }) => sum + additions, 0);
  const removed = diffs.reduce((sum, { deletions }) => sum + deletions, 0);
  return (
    <div className={`tool is-${status.toLowerCase()}`}>
      <button type="button" className="tool-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name="chevron" />
        <span className="tool-name">{name}</span>
        <span className="tool-title">{title ?? summaryOf(call.input)}</span>
        {diffs.length > 0 && (
          <span className="tool-change">
            <span className="added">+{added}</span> <span className="removed">−{removed}</span>
          </span>
        )}
        <span className="tool-status">
          {status === "COMPLETED" && durationMs !== null ? duration(durationMs) : words[status]}
        </span>
      </button>
      {isOpen && <ToolBody call={call} />}
      {requests.map((request) => (
        <Asked key={request.id} prompt={request.prompt} request={request} />
      ))}
    </div>
  );
}

function ToolBody({ call: { input, output, diffs, outputs } }: { call: Call }) {
  return (
    <div className="tool-body">
      {!isEmpty(input) && (
        <section>
          <h4>Given</h4>
          <Json value={input} />
        </section>
      )}
      {outputs.map(({ id, text, stream, exitCode }) => (
        <section key={id}>
          <h4>
            {stream === "STDERR" ? "Errors" : "Output"}
            {exitCode !== null && exitCode !== 0 && ` (exit code ${exitCode})`}
          </h4>
          <Terminal text={text} isError={stream === "STDERR"} />
        </section>
      ))}
      {diffs.map((diff) => (
        <Diff key={diff.id} {...diff} />
      ))}
      {!isEmpty(output) && (
        <section>
          <h4>Answered</h4>
          {typeof output === "string" ? <Terminal text={output} /> : <Json value={output} />}
        </section>
      )}
      {isEmpty(input) && isEmpty(output) && outputs.length === 0 && diffs.length === 0 && (
        <p className="hint">Nothing more was reported.</p>
      )}
    </div>
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

/** What tells most of what a tool was given: its command, path, pattern or address. */
function summaryOf(input: unknown): string {
  if (typeof input === "string") return input.split("\n", 1)[0] ?? "";
  if (typeof input !== "object" || input === null) return "";
  const given = input as Record<string, unknown>;
  const telling = ["command", "cmd", "path", "file_path", "pattern", "query", "url"].find(
    (key) => typeof given[key] === "string",
  );
  return telling === undefined ? "" : (String(given[telling]).split("\n", 1)[0] ?? "");
}
