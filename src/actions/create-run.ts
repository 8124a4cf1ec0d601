import { hashSent, isSameSent, replayOf } from "../domain/idempotency.js";
import { newId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { checkMaxAttempts, defaultRunAttempts } from "../domain/lease.js";
import { summarizeBundle } from "../domain/resource-bundle.js";
import { assertSameBoundary, checkTitle, summarizeSession, titleOfMetadata } from "../domain/session.js";
import { checkOptionalName } from "../domain/text.js";
import type { RunRow, SessionRow } from "../store/row.js";
import { findRunByKey, insertRun } from "../store/run.js";
import { insertSession, lockSessionByName, saveSession } from "../store/session.js";
import { ensureTenant } from "../store/tenant.js";
import { type Tx, transaction } from "../store/transaction.js";
import { type Caller, requireOwnTenant, requireReaderOrRunner } from "./caller.js";
import { takeJson, takeName, takeOptionalName } from "./intake.js";
import { readRun } from "./run.js";
import { phase, writeEvents } from "./service-events.js";

/** The session that a run works in, as its creator names it. */
export interface SessionRefInput {
  sessionId: string;
  conversationId?: string | null;
  threadId?: string | null;
  expiresAt?: Instant | null;
  metadata?: JsonValue | null;
}

/** The input of {@link createRun}. */
export interface CreateRunInput {
  tenantId?: string | null;
  projectId: string;
  backendProfile: string;
  session?: SessionRefInput | null;
  resourceBundle?: JsonValue | null;
  metadata?: JsonValue | null;
  maxAttempts?: number | null;
  idempotencyKey?: string | null;
}

/**
 * Creates a PENDING run, and also its session if the session's name is new. If the same key comes again with the same
 * input, it gives the first run again.
 */
export async function createRun(
  caller: Caller,
  input: CreateRunInput,
): Promise<{ run: RunRow; replayed: boolean }> {
  requireReaderOrRunner(caller);
  const asked = checkInput(caller, input, await caller.store.payloadKey.read());

  const { runId, replayed } = await transaction(caller.store, async (tx) => {
    const earlier = asked.key === null ? undefined : await findRunByKey(tx, asked.projectId, asked.key);
    if (earlier)
      return {
        runId: replayOf("run", earlier, isSameSent(earlier, asked.sent)).id,
        replayed: true,
      };

    await ensureTenant(tx);
    const session = asked.session && (await obtainSession(tx, asked, asked.session));
    const runId = newId("run");
    await insertRun(tx, {
      id: runId,
      projectId: asked.projectId,
      backendProfile: asked.backendProfile,
      sessionId: session?.id ?? null,
      resourceBundle: asked.resourceBundle,
      metadata: asked.metadata,
      maxAttempts: asked.maxAttempts,
      idempotencyKey: asked.key,
      payloadHash: asked.sent.keyed,
    });
    if (session) {
      await saveSession(tx, session, { lastRunId: runId });
      tx.change(session.id);
    }
    await writeEvents(tx, { id: runId, sessionId: session?.id ?? null }, [
      phase("run-created", {
        backendProfile: asked.backendProfile,
        sessionRef: session && summarizeSession(session),
        resourceBundleRef: asked.resourceBundle,
      }),
    ]);
    return { runId, replayed: false };
  });
  return { run: await readRun(caller, runId), replayed };
}

type AskedSession = Exclude<ReturnType<typeof checkSession>, null>;
type Asked = ReturnType<typeof checkInput>;

function checkInput(caller: Caller, input: CreateRunInput, payloadKey: Uint8Array) {
  requireOwnTenant(caller, input.tenantId, "input.tenantId");
  const bundle = input.resourceBundle ?? null;
  const { projectId, backendProfile, session = null, metadata = null } = input;
  const maxAttempts = checkMaxAttempts(input.maxAttempts ?? defaultRunAttempts, "input.maxAttempts");
  return {
    projectId: takeName("CreateRunInput.projectId", projectId),
    backendProfile: takeName("CreateRunInput.backendProfile", backendProfile),
    key: checkOptionalName(input.idempotencyKey, "input.idempotencyKey"),
    session: checkSession(session),
    resourceBundle: takeNullable(
      summarizeBundle(
        bundle === null ? null : checkJsonObject(bundle, "input.resourceBundle"),
        "input.resourceBundle",
      ),
    ),
    metadata: takeJson(checkJsonObject(metadata ?? {}, "input.metadata")),
    maxAttempts,
    sent: hashSent(
      { projectId, backendProfile, session: withoutNulls(session), bundle, metadata, maxAttempts },
      payloadKey,
    ),
  };
}

function checkSession(session: SessionRefInput | null) {
  if (session === null) return null;
  const sent = checkJsonObject(session.metadata ?? {}, "input.session.metadata");
  checkTitle(sent, "input.session.metadata");
  const metadata = takeJson(sent);
  return {
    name: takeName("SessionRefInput.sessionId", session.sessionId),
    conversationId: takeOptionalName("SessionRefInput.conversationId", session.conversationId),
    threadId: takeOptionalName("SessionRefInput.threadId", session.threadId),
    expiresAt: session.expiresAt ?? null,
    title: titleOfMetadata(metadata),
    metadata,
  };
}

/**
 * Locks the session of this name, or makes it if there is none. What the session has stored wins over what is asked.
 */
async function obtainSession(tx: Tx, asked: Asked, ref: AskedSession): Promise<SessionRow> {
  const { projectId, backendProfile } = asked;
  const session =
    (await lockSessionByName(tx, ref.name)) ??
    (await insertSession(tx, { ...ref, id: newId("session"), projectId, backendProfile }));
  assertSameBoundary(session, asked);
  const filled = {
    conversationId: session.conversationId ?? ref.conversationId,
    threadId: session.threadId ?? ref.threadId,
    expiresAt: session.expiresAt ?? ref.expiresAt,
    ...(Object.keys(session.metadata).length > 0
      ? {}
      : { metadata: ref.metadata, title: ref.title ?? session.title }),
  };
  return { ...session, ...filled };
}

function takeNullable(value: JsonObject | null): JsonObject | null {
  return value === null ? null : takeJson(value);
}

function withoutNulls(session: SessionRefInput | null): JsonObject | null {
  if (session === null) return null;
  const given = Object.entries(session).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries<JsonValue>(given);
}
