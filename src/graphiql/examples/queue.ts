import type { Example } from "./example.js";

/** The examples about work that waits in queues. */
export const queueExamples: readonly Example[] = [
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
