import type { Example } from "./example.js";

/** The examples about what agents ask of people, and about runs that are begun whole. */
export const askingExamples: readonly Example[] = [
  {
    query: `# What agents ask of people, in all sessions: what is
# to be answered first stands first. An answer is
# answerInputRequest(input: { id: "inp_...", decision: APPROVED }).
query Asked {
  inputRequests(first: 20) {
    totalCount
    nodes {
      id
      kind
      prompt
      choices {
        id
        label
      }
      expiresAt
      session {
        sessionId
        title
        tree {
          total
          active
          reason
        }
      }
    }
  }
}
`,
  },
  {
    query: `# What is asked and what becomes of it, as it happens.
subscription FollowAsked {
  inputRequests {
    requests {
      id
      state
      prompt
      answer {
        decision
        choiceIds
        answeredBy
      }
    }
    removedIds
    totalCount
  }
}
`,
  },
  {
    query: `# Begins a run whole: with its first turn, and below
# another session if \`parent\` names one.
# With claim: { runnerId: "rnr_..." } a runner of yours
# holds it from the beginning, by the leaseToken.
mutation BeginRun($input: CreateRunInput!) {
  createRun(input: $input) {
    run {
      id
      status
      parked
    }
    command {
      id
      text
    }
    leaseToken
  }
}
`,
    variables: `{
  "input": {
    "projectId": "examples",
    "backendProfile": "example",
    "session": { "sessionId": "graphiql-example" },
    "turn": { "payload": { "prompt": "Say hello" } }
  }
}`,
  },
  {
    query: `# Gives a run back that a runner holds, who adds its
# leaseToken. With untilCommand nobody is handed it before a command
# comes, an answer for one: the runner may end meanwhile.
mutation ReleaseRun($input: ReleaseRunInput!) {
  releaseRun(input: $input) {
    run {
      id
      status
      parked
    }
  }
}
`,
    variables: `{
  "input": { "runId": {exampleRun}, "untilCommand": true }
}`,
  },
];
