import { memo } from "react";
import type { TimelineEntry } from "../../client/client.js";
import { Boundary } from "../frame/boundary";
import { Diff } from "../text/diff";
import { Markdown } from "../text/markdown";
import { Terminal } from "../text/terminal";
import { Clock } from "../time";
import { Icon } from "../icon";
import { Asked } from "./asked";
import { PhaseLine } from "./phase-line";
import { PlanLine } from "./plan-line";
import { Thought } from "./thought";
import { ToolCall } from "./tool-call";
import { UsageLine } from "./usage-line";

type EntryOf<Kind extends TimelineEntry["kind"]> = Extract<TimelineEntry, { kind: Kind }>;

interface EntryProps {
  entry: TimelineEntry;
  /** Whether it is what a person looked for: then it is open. */
  isPlace: boolean;
}

/** One entry of a timeline, as a person reads it. */
export const Entry = memo(function Entry(props: EntryProps) {
  return (
    <Boundary what="This entry" of={props.entry}>
      <AnyEntry {...props} />
    </Boundary>
  );
});

function AnyEntry({ entry, isPlace }: EntryProps) {
  switch (entry.kind) {
    case "event":
      return <EventEntry event={entry.event} />;
    case "tool":
      return <ToolCall call={entry} isOpened={isPlace} />;
    case "request":
      return <Asked prompt={entry.event.prompt} request={entry.request} />;
    case "draft":
      return <Draft entry={entry} />;
  }
}

function EventEntry({ event }: { event: EntryOf<"event">["event"] }) {
  switch (event.__typename) {
    case "UserMessageEvent":
      return <Said by="you" text={event.text} at={event.occurredAt} />;
    case "AssistantMessageEvent":
      return <Said by="agent" text={event.text} at={event.occurredAt} />;
    case "ReasoningEvent":
      return <Thought text={event.text} />;
    case "PlanEvent":
      return <PlanLine plan={event.plan} />;
    case "UsageEvent":
      return <UsageLine usage={event.usage} model={event.model} />;
    case "CommandOutputEvent":
      return (
        <>
          <Terminal text={event.text} isError={event.stream === "STDERR"} />
          {event.truncated && <p className="hint">The output was longer: {event.outputBytes} bytes.</p>}
        </>
      );
    case "DiffEvent":
      return <Diff {...event} />;
    case "BackendStatusEvent":
      return event.phase === "command-created" && event.command?.text ? (
        <Said
          by={event.command.type === "STEER" ? "steer" : "you"}
          text={event.command.text}
          at={event.occurredAt}
        />
      ) : (
        <PhaseLine phase={event.phase} payload={event.payload} at={event.occurredAt} />
      );
    case "ErrorEvent":
      return (
        <Failure
          message={event.message}
          kind={event.failureKind}
          note={event.willRetry ? "It will be tried again." : ""}
        />
      );
    case "TerminalStatusEvent":
      return <RunEnd {...event} />;
    case "ToolCallEvent":
    case "InputRequestEvent":
      // These are entries of their own.
      return null;
  }
}

const speakers = { you: "You", steer: "You, while it worked", agent: "Agent" } as const;

interface SaidProps {
  by: keyof typeof speakers;
  text: string;
  at?: string;
}

/** What a person or the agent said. */
function Said({ by, text, at }: SaidProps) {
  return (
    <div className={by === "agent" ? "said" : "said by-person"}>
      <p className="said-by">
        {speakers[by]} {at && <Clock at={at} />}
      </p>
      <Markdown text={text} />
    </div>
  );
}

function Draft({ entry: { type, text } }: { entry: EntryOf<"draft"> }) {
  const isMessage = type === "ASSISTANT_MESSAGE";
  return (
    <div className="draft" aria-busy="true">
      {isMessage ? <Said by="agent" text={text} /> : <Terminal text={text} />}
    </div>
  );
}

interface FailureProps {
  message: string;
  kind: string | null;
  note?: string;
}

function Failure({ message, kind, note }: FailureProps) {
  return (
    <div className="failure">
      <Icon name="error" />
      <div>
        <p className="failure-message">{message || "It failed, and nothing was said about why."}</p>
        <p className="hint">{[kind?.toLowerCase().replaceAll("_", " "), note].filter(Boolean).join(". ")}</p>
      </div>
    </div>
  );
}

const ends = {
  COMPLETED: "Finished",
  FAILED: "Failed",
  BLOCKED: "Stopped: it could not go on without help",
  CANCELLED: "Cancelled",
} as const;

interface RunEndProps {
  terminalStatus: keyof typeof ends;
  message: string;
  failureKind: string | null;
  occurredAt: string;
}

function RunEnd({ terminalStatus, message, failureKind, occurredAt }: RunEndProps) {
  return (
    <>
      {terminalStatus === "FAILED" && message && <Failure message={message} kind={failureKind} />}
      <p className={`run-end end-${terminalStatus.toLowerCase()}`}>
        <span>
          {ends[terminalStatus]}
          {terminalStatus !== "FAILED" && message && `: ${message}`}
        </span>
        <Clock at={occurredAt} />
      </p>
    </>
  );
}
