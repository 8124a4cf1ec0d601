import { Failure } from "../frame/failure";
import { Icon } from "../icon";
import type { Asking } from "../request/use-answering";
import { RequestCard } from "../request/request-card";

interface RequestsProps {
  asking: Asking;
  isNarrow?: boolean;
}

/** All that agents ask, to be answered in place; it is what the right side shows while nothing is open. */
export function Requests({ asking, isNarrow = false }: RequestsProps) {
  const { requests, answer, isLoading, problem, again } = asking;
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
        <Failure problem={problem} onAgain={again} />
      </div>
    );
  }
  if (isLoading) return null;
  if (problem) {
    return (
      <div className="nothing-open">
        <Failure problem={problem} onAgain={again} />
      </div>
    );
  }
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
