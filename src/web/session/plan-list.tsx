import { Icon } from "../icon";

/** A plan, and how far it has come. */
export interface Plan {
  completed: number;
  total: number;
  entries: readonly { text: string; status: "PENDING" | "IN_PROGRESS" | "COMPLETED" | "CANCELLED" }[];
}

const words = {
  PENDING: "to do",
  IN_PROGRESS: "under way",
  COMPLETED: "done",
  CANCELLED: "left out",
} as const;

/** The agent's plan, and how far it has come. */
export function PlanList({ plan }: { plan: Plan }) {
  const { completed, total, entries } = plan;
  return (
    <section className="plan" aria-label="Plan">
      <header>
        <h3>Plan</h3>
        <span>
          {completed} of {total}
        </span>
      </header>
      <progress
        max={Math.max(1, total)}
        value={completed}
        aria-label={`${completed} of ${total} steps are done`}
      />
      <ol>
        {entries.map(({ text, status }, index) => (
          <li key={index} className={`plan-${status.toLowerCase()}`}>
            <span className="mark">{status === "COMPLETED" && <Icon name="check" />}</span>
            <span>
              {text}
              <span className="for-readers"> ({words[status]})</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
