import type { TimelineEntry } from "../../client/client.js";
import { Icon } from "../icon";
import { readable } from "../text/json";

type Request = Extract<TimelineEntry, { kind: "request" }>["request"];

const decisions = { APPROVED: "Approved", DENIED: "Denied", ANSWERED: "Answered" } as const;
const states = {
  OPEN: "Waits for an answer",
  ANSWERED: "Answered",
  EXPIRED: "Expired unanswered",
  WITHDRAWN: "Not needed any more",
} as const;

/** What was asked, and what became of it. What is open is answered at the foot of the session. */
export function Asked({ prompt, request }: { prompt: string; request: Request }) {
  const answer = request?.answer;
  const labels = (answer?.choiceIds ?? []).map(
    (id) => request?.choices.find((choice) => choice.id === id)?.label ?? id,
  );
  const value = answer?.value === null || answer?.value === undefined ? "" : readable(answer.value);
  const said = [labels.join(", "), value, answer?.comment].filter(Boolean).join(" · ");
  if (request?.state === "OPEN") {
    return (
      <p className="phase tone-ask">
        <span>It asks something, and waits for the answer</span>
      </p>
    );
  }
  return (
    <div className="asked">
      <Icon name="bell" />
      <div>
        <p>{prompt}</p>
        <p className="asked-end">
          <strong>{answer ? decisions[answer.decision] : request ? states[request.state] : "Closed"}</strong>
          {said && <span>{said}</span>}
          {answer?.answeredBy && <span className="hint">by {answer.answeredBy}</span>}
        </p>
      </div>
    </div>
  );
}
