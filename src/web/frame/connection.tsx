const words = {
  loading: "Loading",
  live: "Live",
  reconnecting: "Offline: trying again",
  failed: "Not followed any more",
  closed: "Closed",
} as const;

/** Whether what is shown is what is. Its place is kept, so that nothing jumps when it changes. */
export function Connection({ status }: { status: keyof typeof words }) {
  return (
    <span className={`connection is-${status}`} role="status">
      <span className="dot" />
      <span className="connection-word">{words[status]}</span>
    </span>
  );
}
