import { useEffect, useState } from "react";
import { Header } from "../frame/header";
import { useAnswer } from "../frame/use-answer";
import { useSignedOut } from "../frame/signed-in";
import type { PageRunnersQuery } from "../../generated/web/graphql.js";
import { Link } from "../link";
import { Ago } from "../time";
import { Bars } from "./bars";
import { runnersDocument } from "./documents";

/** How often the runners are asked for, in milliseconds: nothing tells when one goes offline. */
const againMs = 5_000;

/** Which runners there are, and what they work on. */
export function RunnersPage() {
  const [round, setRound] = useState(0);
  const { data, error } = useAnswer(runnersDocument, {}, round);
  useSignedOut(error);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setRound((before) => before + 1);
    }, againMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <Header page="runners" />
      <main className="figures" tabIndex={-1}>
        <div className="figures-head">
          <h1>Runners</h1>
        </div>
        {error && <p className="problem">{error.message}</p>}
        {data && <Figures data={data} />}
        {data && <Runners data={data} />}
      </main>
    </>
  );
}

function Figures({ data: { online, runners, backends } }: { data: PageRunnersQuery }) {
  const working = runners.nodes.filter(({ runs }) => runs.totalCount > 0).length;
  const profiles = [
    ...new Set([
      ...backends.map(({ profile }) => profile),
      ...runners.nodes.flatMap((each) => each.backendProfiles),
    ]),
  ];
  const serving = profiles.map((name) => ({
    name,
    count: runners.nodes.filter((each) => each.online && each.backendProfiles.includes(name)).length,
  }));
  return (
    <div className="cards">
      <section className="card">
        <h2>Online</h2>
        <p className="big">
          {online.totalCount} of {runners.totalCount}
        </p>
        <p className="hint">{working === 0 ? "None is at work." : `${working} at work.`}</p>
      </section>
      <section className="card">
        <h2>Online by backend profile</h2>
        {serving.length === 0 ? <p className="hint">No profile is known.</p> : <Bars bars={serving} />}
      </section>
    </div>
  );
}

function Runners({ data: { runners } }: { data: PageRunnersQuery }) {
  if (runners.nodes.length === 0) return <p className="empty">No runner has registered.</p>;
  return (
    <div className="rows" tabIndex={0} role="group" aria-label="Runners">
      <table>
        <thead>
          <tr>
            <th>Runner</th>
            <th>State</th>
            <th>Profiles</th>
            <th>Works on</th>
            <th>Last seen</th>
          </tr>
        </thead>
        <tbody>
          {runners.nodes.map(({ id, name, online, backendProfiles, runs, heartbeatAt }) => {
            const session = runs.nodes[0]?.session;
            return (
              <tr key={id}>
                <td>{name}</td>
                <td>
                  <span className={`reason tone-${online ? "good" : "calm"}`}>
                    <span className="dot" />
                    {online ? "Online" : "Offline"}
                  </span>
                </td>
                <td>{backendProfiles.join(", ")}</td>
                <td>
                  {session ? (
                    <Link to={{ page: "inbox", session: session.id }}>{session.title ?? "a session"}</Link>
                  ) : (
                    ""
                  )}
                  {runs.totalCount > 1 && ` and ${runs.totalCount - 1} more`}
                </td>
                <td>
                  <Ago at={heartbeatAt} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
