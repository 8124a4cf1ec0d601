import { listStates, sessionLevels, sessionOrders } from "../../domain/inbox/list.js";
import { executionStates } from "../../domain/session.js";
import { enumOf } from "./enum-of.js";

export const SessionExecutionState = enumOf(
  "SessionExecutionState",
  "Whether a session's agent works. A session is IDLE, then RUNNING, then TERMINAL, and RUNNING again with new work.",
  executionStates,
  {
    IDLE: "Nothing has been asked of the session yet.",
    RUNNING: "A turn or steer of the session has not ended, or one of its runs is claimed.",
    TERMINAL: "The session's last work has ended.",
  },
);

export const SessionListState = enumOf(
  "SessionListState",
  "Which sessions a list holds for its reader. Sessions that the reader has archived or snoozed are left out, unless the filter's `archived` or `snoozed` asks for them.",
  listStates,
  {
    DEFAULT:
      "Sessions that are active or unread, or that ask for approval or input: what a person has to look at.",
    ALL: "All sessions.",
    RUNNING: "Sessions that are active: see Session.active.",
    UNREAD:
      "Sessions that are not active and that have something new for the reader, or that the reader has marked unread.",
    READ: "Sessions that are not active and that have nothing new for the reader.",
    TERMINAL: "Sessions whose last work has ended, read or unread.",
    IDLE: "Sessions of which nothing has been asked yet, read or unread.",
  },
);

export const SessionLevel = enumOf("SessionLevel", "Which sessions of a tree a list holds.", sessionLevels, {
  ROOTS: "Sessions without a parent, each standing for all below it.",
  ALL: "Every session, each for itself; a root still stands for all below it.",
});

export const SessionOrder = enumOf(
  "SessionOrder",
  "The order in which a list of sessions comes.",
  sessionOrders,
  {
    ATTENTION:
      "Sessions that the reader has pinned come first, then the others. Among each, those that ask for approval come first, then those that ask for input, the other active ones, the unread, and the read. Within these they are ordered by lastActivityAt, then updatedAt, then id, newest first.",
    LAST_ACTIVITY: "Ordered by lastActivityAt, then updatedAt, then id, newest first.",
    CREATED: "Ordered by createdAt, then id, newest first.",
  },
);
