import type { Result, Tab } from "./browser.js";
import type { Example } from "./examples/example.js";
import type { NewestData } from "./examples/newest-data.js";

/** What the tabs are made from. */
export interface TabSource {
  examples: readonly Example[];
  createExample: Example;
  exampleSession: string;
}

/**
 * Makes the tabs; it runs in the browser. The examples are filled with ids of the viewer's own data. An example that
 * needs a run is left out if there is none. If there are no sessions, the example that creates data comes first.
 */
export function arrangeTabs(source: TabSource, { data }: Result<NewestData>): Tab[] {
  const { examples, createExample, exampleSession } = source;
  const session = data?.sessions.nodes[0]?.sessionId;
  const exampleRun = data?.example?.lastRun;
  const exampleIsLive = exampleRun?.status === "PENDING" || exampleRun?.status === "CLAIMED";
  const places: Record<string, string | undefined> = {
    session: session ?? exampleSession,
    run: (data?.liveRuns.nodes[0] ?? data?.runs.nodes[0])?.id,
    exampleRun: exampleIsLive ? exampleRun.id : undefined,
  };
  const isCreate = ({ query }: Example) => query === createExample.query;
  const empty = data?.sessions.nodes.length === 0;
  const ordered = empty ? [createExample, ...examples.filter((example) => !isCreate(example))] : examples;

  return ordered.flatMap(({ query, variables }) => {
    let known = true;
    const filled = variables?.replaceAll(/\{(session|run|exampleRun)\}/g, (_, place: string) => {
      known &&= places[place] !== undefined;
      return JSON.stringify(places[place] ?? null);
    });
    return known ? [{ query, variables: filled ?? null }] : [];
  });
}
