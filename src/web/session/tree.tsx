import type { InboxSession } from "../../client/client.js";
import { useInbox } from "../../client/react.js";
import { Failure } from "../frame/failure";
import { reasons } from "../frame/status-word";
import { useAttempt } from "../frame/use-attempt";
import { titleOf } from "../inbox/row";
import { Link } from "../link";

/** The sub-agents below a session, each where it stands. */
export function Tree({ session }: { session: InboxSession }) {
  const { sessions, hasMore, loadMore, error, refresh } = useInbox({
    filter: { under: { id: session.id }, state: "ALL" },
  });
  const more = useAttempt(loadMore);
  const drawn = new Set(sessions.map(({ id }) => id));
  // What stands below one that is not drawn, since it is archived, snoozed or not loaded yet, stands at the top meanwhile.
  const tops = sessions.filter(({ parent }) => !parent || !drawn.has(parent.id));
  return (
    <section className="tree" aria-label="Sub-agents">
      <header>
        <h3>Sub-agents</h3>
        <span>{session.tree.total - 1}</span>
      </header>
      <Branch tops={tops} sessions={sessions} />
      {hasMore && !more.problem && (
        <button type="button" className="unfold" onClick={more.attempt}>
          Show more
        </button>
      )}
      <Failure problem={more.problem} onAgain={more.attempt} />
      <Failure problem={error?.message ?? ""} onAgain={refresh} />
    </section>
  );
}

interface BranchProps {
  /** The sessions that stand side by side. */
  tops: readonly InboxSession[];
  sessions: readonly InboxSession[];
}

function Branch({ tops, sessions }: BranchProps) {
  if (tops.length === 0) return null;
  return (
    <ul>
      {tops.map((session) => {
        const { word, tone } = reasons[session.attention.reason];
        return (
          <li key={session.id}>
            <Link to={{ session: session.id }} className={`tree-link tone-${tone}`}>
              <span className="dot" />
              <span className="tree-title">{titleOf(session)}</span>
              <span className="hint">{word}</span>
            </Link>
            <Branch tops={sessions.filter(({ parent }) => parent?.id === session.id)} sessions={sessions} />
          </li>
        );
      })}
    </ul>
  );
}
