import { graphql } from "../generated/client/gql.js";

// What followers select of an event: the fields of every type, and those of its own. Tell the types by `__typename`.
graphql(`
  fragment EventFields on RunEvent {
    ...EventParts
    payload
  }
`);

// All of an event but its payload as it is stored.
graphql(`
  fragment EventParts on RunEvent {
    __typename
    id
    type
    seq
    sessionSeq
    createdAt
    occurredAt
    streamId
    redactionCount
    ... on UserMessageEvent {
      text
      messageId
    }
    ... on AssistantMessageEvent {
      text
      messageId
      model
    }
    ... on ReasoningEvent {
      text
      messageId
    }
    ... on PlanEvent {
      plan {
        ...PlanFields
      }
    }
    ... on UsageEvent {
      model
      usage {
        ...UsageFields
      }
    }
    ... on ToolCallEvent {
      name
      title
      status
      toolCallId
      parentToolCallId
      input
      output
      failed
      durationMs
    }
    ... on CommandOutputEvent {
      stream
      text
      exitCode
      outputBytes
      truncated
      toolCallId
    }
    ... on DiffEvent {
      path
      oldPath
      diff
      additions
      deletions
      toolCallId
    }
    ... on BackendStatusEvent {
      phase
      command {
        id
        type
        state
        text
      }
    }
    ... on InputRequestEvent {
      kind
      prompt
      options
      choices {
        id
        label
        description
        decision
      }
      requestId
      toolCallId
      inputRequest {
        id
        state
      }
      answeredBy {
        id
        state
      }
    }
    ... on ErrorEvent {
      failureKind
      message
      willRetry
    }
    ... on TerminalStatusEvent {
      terminalStatus
      failureKind
      message
    }
  }
`);

// What followers select of a plan.
graphql(`
  fragment PlanFields on Plan {
    entries {
      text
      status
    }
    completed
    total
    updatedAt
  }
`);

// What followers select of what was used.
graphql(`
  fragment UsageFields on Usage {
    inputTokens
    cacheReadTokens
    cacheWriteTokens
    outputTokens
    reasoningTokens
    requests
    costMicros
    isPriced
  }
`);
