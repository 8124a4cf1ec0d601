import { askingExamples } from "./asking-examples.js";
import type { Example } from "./example.js";

/** The name of the session that the examples write to. */
export const exampleSession = "graphiql-example";

/** The example that creates data. Its tab comes first if there is no data yet. */
export const createExample: Example = {
  query: `# Creates a run that waits for a runner, and its session.
# Open this page again afterwards: tabs that nobody
# has changed follow the newest data.
mutation CreateRun($input: CreateRunInput!) {
  createRun(input: $input) {
    run {
      id
      status
      session {
        id
        sessionId
        title
      }
    }
  }
}
`,
  variables: `{
  "input": {
    "projectId": "examples",
    "backendProfile": "example",
    "session": {
      "sessionId": "${exampleSession}",
      "metadata": { "title": "Made in GraphiQL" }
    }
  }
}`,
};

/** All examples, in the order of their tabs. */
export const examples: readonly Example[] = [
  {
    query: `# Who you are to the service, and whether it is well.
query WhoAmI {
  viewer {
    tenantId
    readerId
    scopes
  }
  health {
    ready
    migrationId
    message
  }
  backends {
    profile
    availability
  }
}
`,
  },
  {
    query: `# Your inbox: what is active or unread, what you
# pinned first, and how many there are of each.
query Inbox {
  sessions(first: 10) {
    nodes {
      sessionId
      title
      version
      lastActivityAt
      attention {
        state
        reason
        since
        pinnedAt
      }
      lastRun {
        id
        status
      }
      lastCommand {
        type
        state
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
  inboxCounts {
    active
    unread
    read
    needsInput
  }
}
`,
  },
  {
    query: `# What was said, printed, asked or changed, the newest
# place of each session. Words, "phrases", OR, -not.
query Search {
  search(query: "test OR error", first: 10) {
    nodes {
      field
      snippet {
        text
        highlights
      }
      session {
        sessionId
        title
      }
      event {
        type
        createdAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    indexedUpTo
  }
}
`,
  },
  {
    query: `# Every change of your inbox: stays open. Mark a session
# as read in another tab, or let an agent work.
subscription FollowInbox {
  sessionAttentionChanged {
    sessions {
      sessionId
      title
      attention {
        state
        reason
      }
    }
    removedIds
    counts {
      active
      unread
      needsInput
    }
    cursor
  }
}
`,
  },
  {
    query: `# You have read a session: it leaves your inbox until
# something new happens in it. Nobody else's changes.
mutation MarkRead($input: MarkSessionReadInput!) {
  markSessionRead(input: $input) {
    session {
      attention {
        state
        readVersion
        readAt
      }
    }
    counts {
      unread
    }
  }
}
`,
    variables: `{
  "input": { "session": { "sessionId": {session} } }
}`,
  },
  ...askingExamples,
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
  createExample,
  {
    query: `# Asks the example's run to work on a prompt.
# No runner serves it, so it waits.
mutation CreateTurn($input: CreateCommandInput!) {
  createCommand(input: $input) {
    command {
      id
      type
      state
      seq
    }
  }
}
`,
    variables: `{
  "input": {
    "runId": {exampleRun},
    "type": "TURN",
    "payload": { "prompt": "Say hello" }
  }
}`,
  },
  {
    query: `# Speaks as the example's runner: follow the run
# in another window and see it arrive.
mutation AppendEvents($input: AppendEventsInput!) {
  appendEvents(input: $input) {
    lastSeq
    events {
      id
      type
    }
  }
}
`,
    variables: `{
  "input": {
    "runId": {exampleRun},
    "events": [
      { "type": "PLAN", "payload": { "entries": [{ "text": "Say hello", "status": "in-progress" }] } },
      { "type": "ASSISTANT_MESSAGE", "payload": { "text": "Hello from GraphiQL" } },
      { "type": "USAGE", "payload": { "model": "sample", "inputTokens": 12, "outputTokens": 4, "costUsd": 0.0001 } }
    ]
  }
}`,
  },
  {
    query: `# Puts work into a queue, where it waits until
# a runner claims it: agentrun-graph exec --queue examples
mutation CreateTask($input: CreateQueueTaskInput!) {
  createQueueTask(input: $input) {
    task {
      id
      state
      version
    }
  }
}
`,
    variables: `{
  "input": {
    "projectId": "examples",
    "queue": "examples",
    "title": "Made in GraphiQL",
    "payload": { "prompt": "Say hello" }
  }
}`,
  },
  {
    query: `# What runs and waits in all queues, and their figures.
query Queues {
  queueCommander {
    stats {
      total
      byState {
        state
        count
      }
      oldestPendingSeconds
    }
    items {
      id
      queue
      title
      state
      latestAttempt {
        number
        state
        runner {
          name
        }
      }
    }
  }
}
`,
  },
];

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
