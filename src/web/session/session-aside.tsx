import type { InboxSession } from "../../client/client.js";
import type { useSession } from "../../client/react.js";
import { Failure } from "../frame/failure";
import { LabelEditor } from "../frame/label-editor";
import { messageOf, useTelling } from "../frame/notice";
import { useAnswer } from "../frame/use-answer";
import { Icon } from "../icon";
import { isWebAddress } from "../request/answer";
import { planDocument } from "./documents";
import { PlanList } from "./plan-list";
import { Tree } from "./tree";
import { cost } from "./usage-line";

interface SessionAsideProps {
  session: InboxSession;
  marks: ReturnType<typeof useSession>;
}

const count = new Intl.NumberFormat("en");

/** What is known of a session beside its timeline. */
export function SessionAside({ session, marks }: SessionAsideProps) {
  const { plan, tree, links, usage, createdAt, lastRun } = session;
  return (
    <aside className="session-aside" aria-label="Details" tabIndex={0}>
      {plan && plan.total > 0 && <CurrentPlan id={session.id} round={`${plan.completed}/${plan.total}`} />}
      {tree.total > 1 && <Tree session={session} />}
      <section aria-label="Facts">
        <h3>Facts</h3>
        <dl className="facts">
          {usage.requests > 0 && (
            <>
              <dt>Cost</dt>
              <dd>{cost(usage)}</dd>
              <dt>Tokens read</dt>
              <dd>{count.format(usage.inputTokens)}</dd>
              <dt>Tokens written</dt>
              <dd>{count.format(usage.outputTokens)}</dd>
            </>
          )}
          <dt>Model</dt>
          <dd>{lastRun?.model ?? "not told"}</dd>
          <dt>Begun</dt>
          <dd>{new Date(createdAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}</dd>
        </dl>
      </section>
      <Labels session={session} marks={marks} />
      {links.length > 0 && (
        <section aria-label="Links">
          <h3>Links</h3>
          <ul className="links">
            {links.map(({ url, label, state }) => (
              <li key={url}>
                <Icon name="link" />
                {isWebAddress(url) ? (
                  <a href={url} target="_blank" rel="noopener noreferrer">
                    {label ?? url}
                  </a>
                ) : (
                  (label ?? url)
                )}
                {state && <span className="hint">{state}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

/** The plan's steps, read anew whenever another is done or more are planned. */
function CurrentPlan({ id, round }: { id: string; round: string }) {
  const { data, error, again } = useAnswer(planDocument, { id }, round);
  const plan = data?.session?.plan;
  return (
    <>
      {plan && <PlanList plan={plan} />}
      <Failure problem={error ? `The plan could not be read. ${error.message}` : ""} onAgain={again} />
    </>
  );
}

function Labels({ session: { id, labels }, marks }: SessionAsideProps) {
  const { tell } = useTelling();
  const attempt = (work: Promise<unknown>) => {
    work.catch((error: unknown) => tell({ text: messageOf(error), isBad: true }));
  };
  return (
    <section aria-label="Labels">
      <h3>Labels</h3>
      <LabelEditor
        labels={labels}
        newLabel="New label"
        onAdd={(label) => attempt(marks.addLabels([id], [label]))}
        onRemove={(label) => attempt(marks.removeLabels([id], [label]))}
      />
    </section>
  );
}
