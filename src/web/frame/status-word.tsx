/** Why a session asks for attention, or does not: the word for it, and how it looks. */
export const reasons = {
  NEEDS_APPROVAL: { word: "Needs approval", tone: "ask" },
  NEEDS_INPUT: { word: "Needs an answer", tone: "ask" },
  STALE: { word: "Stalled", tone: "warn" },
  WORKING: { word: "Working", tone: "work" },
  BLOCKED: { word: "Blocked", tone: "warn" },
  FAILED: { word: "Failed", tone: "bad" },
  CANCELLED: { word: "Cancelled", tone: "calm" },
  FINISHED: { word: "Finished", tone: "good" },
  IDLE: { word: "Idle", tone: "calm" },
} as const;

/** A reason, as a dot and a word. */
export function ReasonMark({ reason }: { reason: keyof typeof reasons }) {
  const { word, tone } = reasons[reason];
  return (
    <span className={`reason tone-${tone}`}>
      <span className="dot" />
      {word}
    </span>
  );
}
