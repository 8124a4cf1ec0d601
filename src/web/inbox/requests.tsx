import type { useInbox } from "../../client/react.js";
import { Icon } from "../icon";
import type { Asking } from "../request/use-answering";
import { RequestCard } from "../request/request-card";

interface RequestsProps {
  asking: Asking;
  inbox: ReturnType<typeof useInbox>;
  isNarrow?: boolean;
}

/** All that agents ask, to be answered in place; it is what the right side shows while nothing is open. */
export function Requests({ asking: { requests, answer }, inbox, isNarrow = false }: RequestsProps) {
  if (requests.length > 0) {
    return (
      <div
        className={isNarrow ? "list requests is-narrow" : "requests"}
        tabIndex={0}
        role="group"
        aria-label="What agents ask"
      >
        {!isNarrow && (
          <h2>
            {requests.length === 1 ? "One agent waits for you" : `${requests.length} questions wait for you`}
          </h2>
        )}
        {requests.map((request) => (
          <RequestCard
            key={request.id}
            request={request}
            namesSession
            onAnswer={(given) => answer(request.id, given)}
          />
        ))}
      </div>
    );
  }
  if (inbox.status === "loading") return null;
  return (
    <div className="nothing-open">
      <Icon name="check" />
      <p>No agent waits for you.</p>
      <p className="hint">
        Choose a session, or press <kbd>j</kbd> and <kbd>Enter</kbd>. <kbd>?</kbd> tells the other keys.
      </p>
    </div>
  );
}
