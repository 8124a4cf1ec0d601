import { useState } from "react";
import { useInputRequests, useSession } from "../../client/react.js";
import { Boundary } from "../frame/boundary";
import { Failure } from "../frame/failure";
import { RequestCard } from "../request/request-card";
import { useAnswering } from "../request/use-answering";
import { Composer } from "./composer";
import { SessionAside } from "./session-aside";
import { SessionHeader } from "./session-header";
import { Timeline } from "./timeline";

/** A session as a person reads it: what it is, what happened, what it asks, and a box to go on. */
export function SessionPanel({ id, at }: { id: string; at: string }) {
  const opened = useSession({ id });
  const { session, status, error, refresh } = opened;
  const { requests, answer, problem, again } = useAnswering(
    useInputRequests({ filter: { session: { id } } }),
  );
  const [hasDetails, setDetails] = useState(false);
  if (!session) {
    if (status === "loading") return <div className="session" aria-busy="true" />;
    return (
      <div className="nothing-open">
        {error ? (
          <Failure problem={error.message} onAgain={refresh} />
        ) : (
          <p className="problem">There is no such session, or it was removed.</p>
        )}
      </div>
    );
  }
  return (
    <div className={hasDetails ? "session has-details" : "session"}>
      <SessionHeader
        session={session}
        marks={opened}
        hasDetails={hasDetails}
        onDetails={() => setDetails(!hasDetails)}
      />
      <div className="session-body">
        <div className="session-main">
          <Timeline key={at} sessionId={id} at={at} />
          {requests.length > 0 && (
            <div className="asking" tabIndex={0} role="group" aria-label="What it asks">
              {requests.map((request) => (
                <RequestCard
                  key={request.id}
                  request={request}
                  namesSession={request.session?.id !== id}
                  onAnswer={(given) => answer(request.id, given)}
                />
              ))}
            </div>
          )}
          <Failure problem={problem && `What it asks could not be read. ${problem}`} onAgain={again} />
          <Composer session={session} />
        </div>
        <Boundary what="What is known of this session" of={session}>
          <SessionAside session={session} marks={opened} />
        </Boundary>
      </div>
    </div>
  );
}
