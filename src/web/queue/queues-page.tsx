import { useAddress, visit } from "../address";
import { Connection } from "../frame/connection";
import { duration } from "../duration";
import { Failure } from "../frame/failure";
import { Header } from "../frame/header";
import { useSignedOut } from "../frame/signed-in";
import { Link } from "../link";
import { Ago } from "../time";
import { Bars } from "./bars";
import { type Queue, useQueue } from "./use-queue";

const states = {
  RUNNING: { word: "Running", tone: "work" },
  PENDING: { word: "Waiting", tone: "ask" },
  BLOCKED: { word: "Blocked", tone: "warn" },
  FAILED: { word: "Failed", tone: "bad" },
  CANCELLED: { word: "Cancelled", tone: "calm" },
  COMPLETED: { word: "Done", tone: "good" },
} as const;

/** What waits and runs in the queues. */
export function QueuesPage() {
  const { queue: name } = useAddress();
  const { queue, error, status, again } = useQueue(name);
  useSignedOut(error);
  return (
    <>
      <Header page="queues">
        <Connection status={status} />
      </Header>
      <main className="figures" tabIndex={-1}>
        <div className="figures-head">
          <h1>Queues</h1>
          <label>
            Queue
            <input
              placeholder="All queues"
              defaultValue={name}
              key={name}
              onBlur={(event) => visit({ queue: event.target.value.trim() })}
              onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
            />
          </label>
        </div>
        <Failure problem={error?.message ?? ""} onAgain={again} />
        {queue && <Figures queue={queue} />}
        {queue && <Tasks queue={queue} />}
      </main>
    </>
  );
}

function Figures({ queue: { stats } }: { queue: Queue }) {
  const { total, oldestPendingSeconds, byState, byLane } = stats;
  const countOf = (state: keyof typeof states) => byState.find((each) => each.state === state)?.count ?? 0;
  const names = Object.keys(states) as (keyof typeof states)[];
  return (
    <div className="cards">
      <section className="card">
        <h2>Tasks</h2>
        <p className="big">{total}</p>
        <p className="hint">
          {oldestPendingSeconds === null
            ? "None waits."
            : `The oldest has waited for ${duration(oldestPendingSeconds * 1_000)}.`}
        </p>
      </section>
      <section className="card">
        <h2>By state</h2>
        <Bars
          bars={names.map((state) => ({
            name: states[state].word,
            count: countOf(state),
            tone: states[state].tone,
          }))}
        />
      </section>
      <section className="card">
        <h2>By lane</h2>
        {byLane.length === 0 ? (
          <p className="hint">No lane holds a task.</p>
        ) : (
          <Bars bars={byLane.map(({ lane, count }) => ({ name: lane, count }))} />
        )}
      </section>
    </div>
  );
}

function Tasks({ queue: { items } }: { queue: Queue }) {
  if (items.length === 0) return <p className="empty">No task runs or waits.</p>;
  return (
    <div className="rows" tabIndex={0} role="group" aria-label="Tasks">
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th>Queue</th>
            <th>Lane</th>
            <th>Priority</th>
            <th>Attempt</th>
            <th>Runner</th>
            <th>Age</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, title, queue, lane, state, priority, latestAttempt, maxAttempts, createdAt }) => (
            <tr key={id}>
              <td>
                {latestAttempt?.session ? (
                  <Link to={{ page: "inbox", session: latestAttempt.session.id }}>{title ?? id}</Link>
                ) : (
                  (title ?? id)
                )}
              </td>
              <td>
                <span className={`reason tone-${states[state].tone}`}>
                  <span className="dot" />
                  {states[state].word}
                </span>
              </td>
              <td>{queue}</td>
              <td>{lane}</td>
              <td>{priority}</td>
              <td>{latestAttempt ? `${latestAttempt.number} of ${maxAttempts}` : ""}</td>
              <td>{latestAttempt?.runner?.name ?? ""}</td>
              <td>
                <Ago at={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
