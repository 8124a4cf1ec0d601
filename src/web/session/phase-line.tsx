import { Clock } from "../time";

interface PhaseLineProps {
  phase: string;
  payload: unknown;
  at: string;
}

/** A backend's own name of a phase as words: `turn-started` is "Turn started". */
function sentence(phase: string): string {
  const words = phase.replaceAll(/[-_]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const phases: Record<string, string> = {
  "run-created": "Run created",
  "run-claimed": "A runner took the run",
  "run-released": "The runner gave the run back",
  "lease-expired": "The runner was lost",
  "cancel-requested": "Cancelling was asked for",
  "command-created": "The agent was asked something",
  "command-terminal": "The turn ended",
  "input-closed": "The request was closed",
  "session-updated": "The session was edited",
};

/** What an event's payload says of how a turn ended; undefined if it says nothing. */
function endOf(payload: unknown): string | undefined {
  const { terminalStatus } = (payload ?? {}) as { terminalStatus?: unknown };
  return typeof terminalStatus === "string" ? terminalStatus : undefined;
}

/** Phases that tell nothing which does not stand beside them. */
function isQuiet(phase: string, payload: unknown): boolean {
  return phase === "session-updated" || (phase === "command-terminal" && endOf(payload) === "completed");
}

/** What the service or the agent's backend tells of itself, in one quiet line. */
export function PhaseLine({ phase, payload, at }: PhaseLineProps) {
  if (isQuiet(phase, payload)) return null;
  const end = phase === "command-terminal" ? endOf(payload) : undefined;
  const words = phases[phase] ?? sentence(phase);
  return (
    <p className="phase">
      <span>{end === undefined ? words : `${words}: ${end}`}</span> <Clock at={at} />
    </p>
  );
}
