import type { Example } from "./example.js";

/** The examples about who reads, and what is in the inbox. */
export const inboxExamples: readonly Example[] = [
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
];
