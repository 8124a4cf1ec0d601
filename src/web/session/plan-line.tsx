import { type Plan, PlanList } from "./plan-list";

/** A plan as it was told then: how far it had come, and what was next; it opens to all steps. */
export function PlanLine({ plan }: { plan: Plan }) {
  const { completed, total, entries } = plan;
  const next = entries.find(({ status }) => status === "IN_PROGRESS" || status === "PENDING");
  return (
    <details className="plan-line">
      <summary>
        <span>
          Plan: {completed} of {total} done
        </span>
        {next && <span className="hint">{next.text}</span>}
      </summary>
      <PlanList plan={plan} />
    </details>
  );
}
