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

/** The examples that create a run, ask it for work, and speak as its runner. */
export const workingExamples: readonly Example[] = [
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
];
