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
  return (
    <section className="tree" aria-label="Sub-agents">
      <header>
        <h3>Sub-agents</h3>
        <span>{session.tree.total - 1}</span>
      </header>
      <Branch above={session.id} sessions={sessions} />
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

function Branch({ above, sessions }: { above: string; sessions: readonly InboxSession[] }) {
  const below = sessions.filter(({ parent }) => parent?.id === above);
  if (below.length === 0) return null;
  return (
    <ul>
      {below.map((session) => {
        const { word, tone } = reasons[session.attention.reason];
        return (
          <li key={session.id}>
            <Link to={{ session: session.id }} className={`tree-link tone-${tone}`}>
              <span className="dot" />
              <span className="tree-title">{titleOf(session)}</span>
              <span className="hint">{word}</span>
            </Link>
            <Branch above={session.id} sessions={sessions} />
          </li>
        );
      })}
    </ul>
  );
}
