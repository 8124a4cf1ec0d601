import { attentionReasons, attentionStates } from "../../domain/inbox/attention.js";
import { enumOf } from "./enum-of.js";

export const AttentionState = enumOf(
  "AttentionState",
  "How a session stands with one reader.",
  attentionStates,
  {
    ACTIVE: "The session is active: see Session.active.",
    UNREAD:
      "The session is not active and has a newer version than the reader has read, or the reader has marked it unread.",
    READ: "The session is not active, and the reader has read its newest version.",
  },
);

export const AttentionReason = enumOf(
  "AttentionReason",
  "Why a session asks for attention, or why it does not. If several reasons hold, an open input request comes first, then a lease that ran out, then how the session's work stands.",
  attentionReasons,
  {
    WORKING: "The session's agent works.",
    NEEDS_INPUT: "The agent has asked a question, and no turn or steer has answered yet.",
    NEEDS_APPROVAL: "The agent has asked for an approval, and no turn or steer has answered yet.",
    FINISHED: "The session's last work ended well.",
    FAILED: "The session's last work failed.",
    BLOCKED: "The session's last work could not go on without help.",
    CANCELLED: "The session's last work was cancelled.",
    STALE: "The lease of one of the session's runs ran out, and no runner has claimed that run again.",
    IDLE: "Nothing has been asked of the session yet.",
  },
);
