import { AgentRunError, badUserInput } from "../../domain/errors.js";
import { fromKebab } from "../../domain/failure.js";
import { newId } from "../../domain/ids.js";
import { inputRequestKinds, maxOpenRequests } from "../../domain/input-request.js";
import { choicesOf } from "../../domain/input-request-payload.js";
import type { Instant } from "../../domain/instant.js";
import type { JsonObject, JsonValue } from "../../domain/json-value.js";
import { canonicalJson } from "../../domain/json.js";
import { findOldestTurn } from "../../store/command.js";
import type { NewEvent } from "../../store/event-log/event-batch.js";
import { type NewRequest, insertRequest, lockOpenRequests } from "../../store/input-request.js";
import type { LockedRun } from "../../store/run.js";
import type { Tx } from "../../store/tx.js";
import type { HeldSession } from "../session.js";
import { withdraw } from "./close.js";
import { expirePast } from "./expire.js";

/**
 * Opens what the INPUT_REQUEST events of a stored batch ask, in a locked run whose session is held. An event that repeats an open
 * request of its run, by requestId and content, opens none; one that changes it withdraws it. One whose `expiresAt` has passed is expired
 * first, before anything is said to have happened at another time than now. Throws CONFLICT for more than 100 open requests in the
 * run, and BAD_USER_INPUT for an expiresAt that is not after what it asks. Gives true if any was opened.
 */
export async function openRequests(
  tx: Tx,
  session: HeldSession | null,
  run: LockedRun,
  stored: {
    events: readonly NewEvent[];
    firstSeq: number;
    createdAt: Instant;
    /** When the batch happened; null for now. */
    occurredAt: Instant | null;
  },
): Promise<boolean> {
  const turnId = (await findOldestTurn(tx, run.id)) ?? null;
  const asking = await expirePast(tx, session, run, await lockOpenRequests(tx, run.id));
  await tx.happened(stored.occurredAt, "input.events");
  let open: readonly (Content & Pick<NewRequest, "id" | "requestId">)[] = asking;
  let opened = false;
  for (const [index, { type, payload, occurredAt }] of stored.events.entries()) {
    if (type !== "INPUT_REQUEST") continue;
    const asked = askedBy(payload);
    const earlier = open.find(({ requestId }) => requestId !== null && requestId === asked.requestId);
    if (earlier && contentOf(earlier) === contentOf(asked)) continue;
    if (earlier) {
      await withdraw(tx, session, run, [earlier]);
      open = open.filter((request) => request !== earlier);
    }
    if (open.length >= maxOpenRequests) throw tooMany(run.id);
    const request: NewRequest = {
      ...asked,
      id: newId("request"),
      runId: run.id,
      sessionId: run.sessionId,
      projectId: run.projectId,
      turnId,
      eventSeq: stored.firstSeq + index,
      requestedAt: occurredAt ?? stored.createdAt,
    };
    if (!(await insertRequest(tx, request)))
      throw badUserInput(`input.events.${index}.payload.expiresAt`, "must be later than when it was asked");
    open = [...open, request];
    opened = true;
  }
  return opened;
}

type Content = Pick<NewRequest, "kind" | "prompt" | "action" | "choices" | "answerSchema">;

function contentOf({ kind, prompt, action, choices, answerSchema }: Content): string {
  const offered = choices.map(({ id, label, description, decision }) => [id, label, description, decision]);
  return canonicalJson([kind, prompt, action, offered, answerSchema]);
}

/** What a stored payload asks. It was normalised, and redacted, when it came. */
function askedBy(payload: JsonObject) {
  const { kind, prompt, requestId, toolCallId, action = null, answerSchema = null } = payload;
  const { url, expiresAt, multiple } = payload;
  return {
    kind: fromKebab(textOrNull(kind) ?? "", inputRequestKinds) ?? "QUESTION",
    prompt: textOrNull(prompt) ?? "",
    requestId: textOrNull(requestId),
    toolCallId: textOrNull(toolCallId),
    action,
    choices: choicesOf(payload),
    multiple: multiple === true,
    answerSchema,
    url: textOrNull(url),
    expiresAt: textOrNull(expiresAt),
  } as const;
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function tooMany(runId: string): AgentRunError {
  return new AgentRunError(`run ${runId} may have at most ${maxOpenRequests} open input requests`, {
    code: "CONFLICT",
    details: { runId, allowed: maxOpenRequests },
  });
}
