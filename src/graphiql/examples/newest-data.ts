import { exampleSession } from "./working.js";

/** The answer to {@link newestData}. */
export interface NewestData {
  sessions: { nodes: { sessionId: string }[] };
  liveRuns: { nodes: { id: string }[] };
  runs: { nodes: { id: string }[] };
  example: { lastRun: { id: string; status: string } | null } | null;
}

/** The query for the ids that fill the examples' places. It is small, and runs with the viewer's own rights. */
export const newestData = `query NewestData {
  sessions(first: 1, filter: { state: ALL }, orderBy: LAST_ACTIVITY) {
    nodes {
      sessionId
    }
  }
  liveRuns: runs(first: 1, filter: { statuses: [CLAIMED, PENDING] }) {
    nodes {
      id
    }
  }
  runs(first: 1) {
    nodes {
      id
    }
  }
  example: session(by: { sessionId: "${exampleSession}" }) {
    lastRun {
      id
      status
    }
  }
}`;
