import { graphql } from "../../generated/web/gql.js";

/** Follows the tasks of a queue, or of all, with the figures. */
export const followQueueDocument = graphql(`
  subscription PageQueue($filter: QueueTaskFilter, $after: String) {
    queueTasks(filter: $filter, after: $after) {
      tasks {
        ...PageTask
      }
      removedIds
      stats {
        ...PageStats
      }
      cursor
    }
  }
`);

/** Reads the first tasks of a queue, or of all, in running order. */
export const queueDocument = graphql(`
  query PageCommander($queue: String) {
    queueCommander(queue: $queue) {
      items {
        ...PageTask
      }
      stats {
        ...PageStats
      }
    }
  }

  fragment PageTask on QueueTask {
    id
    title
    queue
    lane
    state
    priority
    projectId
    createdAt
    updatedAt
    latestAttempt {
      id
      number
      runner {
        id
        name
      }
      session {
        id
      }
    }
    maxAttempts
  }

  fragment PageStats on QueueStats {
    total
    oldestPendingSeconds
    byState {
      state
      count
    }
    byLane {
      lane
      count
    }
  }
`);

/** Reads the runners, and what they hold. */
export const runnersDocument = graphql(`
  query PageRunners {
    online: runners(first: 1, online: true) {
      totalCount
    }
    runners(first: 100) {
      totalCount
      nodes {
        id
        name
        online
        backendProfiles
        heartbeatAt
        registeredAt
        runs(first: 1, filter: { statuses: [CLAIMED] }) {
          totalCount
          nodes {
            id
            session {
              id
              title
            }
          }
        }
      }
    }
    backends {
      profile
      availability
    }
  }
`);
