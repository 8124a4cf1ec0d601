import { newId } from "../../src/domain/ids.js";
import { atRoot } from "../../src/domain/session-tree.js";
import type { Beginning } from "../../src/store/begin/begin.js";

/** A session that begins with a run, and nothing else. Default: a new id, in the project p, with codex. */
export function makeBeginning({
  id = newId("session"),
  projectId = "p",
  backendProfile = "codex",
} = {}): Beginning {
  const runId = newId("run");
  const where = { projectId, backendProfile };
  const unnamed = { title: null, conversationId: null, threadId: null, parentToolCallId: null };
  const session = {
    ...where,
    ...atRoot,
    ...unnamed,
    id,
    name: id,
    metadata: {},
    expiresAt: null,
    lastRunId: runId,
  };
  const given = { resourceBundle: null, metadata: {}, maxAttempts: 1, parallel: false };
  const keys = { idempotencyKey: null, payloadHash: "", resumesId: null };
  const run = { ...where, ...given, ...keys, id: runId, sessionId: id };
  return { session, run, turn: null, events: [{ payload: {}, redactionCount: 0 }], occurredAt: null };
}
