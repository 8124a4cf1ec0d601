import type { Example } from "./example.js";

/** The examples about what happens in runs and sessions. */
export const eventExamples: readonly Example[] = [
  {
    query: `# The newest events of one session, over all its runs.
query Timeline($session: SessionRef!) {
  session(by: $session) {
    id
    title
    version
    usage {
      inputTokens
      outputTokens
      costMicros
    }
    plan {
      completed
      total
      entries {
        text
        status
      }
    }
    timeline(last: 20) {
      nodes {
        sessionSeq
        type
        occurredAt
        payload
      }
    }
  }
}
`,
    variables: `{
  "session": { "sessionId": {session} }
}`,
  },
  {
    query: `# A run's events: first what is stored, then live, until
# the run ends. Deltas are text that is being made.
subscription FollowRun($runId: ID!) {
  runEvents(runId: $runId, deltas: true) {
    events {
      seq
      type
      payload
    }
    deltas {
      streamId
      type
      offset
      text
      reset
    }
    cursor
    caughtUp
    run {
      status
    }
  }
}
`,
    variables: `{
  "runId": {run}
}`,
  },
  {
    query: `# The events of all runs of a session: stays open.
subscription FollowSession($session: SessionRef!) {
  sessionEvents(session: $session) {
    events {
      sessionSeq
      type
      payload
    }
    cursor
    caughtUp
    session {
      executionState
    }
  }
}
`,
    variables: `{
  "session": { "sessionId": {session} }
}`,
  },
];
