import { Clock } from "../time";

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

/** What the service or the agent's backend tells of itself, in one quiet line. */
export function PhaseLine({ phase, at }: { phase: string; at: string }) {
  const words = phases[phase] ?? phase.replaceAll(/[-_]/g, " ");
  return (
    <p className="phase">
      <span>{words}</span> <Clock at={at} />
    </p>
  );
}
