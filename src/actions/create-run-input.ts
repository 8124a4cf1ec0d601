/* What `createRun` is given, and how it is checked and taken before anything is read or written. */
import { requireScope } from "../auth/viewer.js";
import { hashSent, isSameSent } from "../domain/idempotency.js";
import { checkId } from "../domain/ids.js";
import type { Instant } from "../domain/instant.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { checkLeaseSeconds, checkMaxAttempts, defaultRunAttempts } from "../domain/lease.js";
import { summarizeBundle } from "../domain/resource-bundle.js";
import { checkTitle, titleOfMetadata } from "../domain/session.js";
import { type Caller, requireOwnTenant } from "./caller.js";
import { takeJson, takeName, takeOptionalName } from "./intake.js";
import { type ParentRef, takeParent } from "./session-tree.js";

/** The session that a run works in, as its creator names it. */
export interface SessionRefInput {
  sessionId: string;
  conversationId?: string | null;
  threadId?: string | null;
  expiresAt?: Instant | null;
  metadata?: JsonValue | null;
  /** The session that it works for, if it is new. */
  parent?: ParentRef | null;
  /** The tool call of the parent by which it begins. */
  parentToolCallId?: string | null;
}

/** The input of `createRun`. */
export interface CreateRunInput {
  tenantId?: string | null;
  projectId: string;
  backendProfile: string;
  session?: SessionRefInput | null;
  resourceBundle?: JsonValue | null;
  metadata?: JsonValue | null;
  maxAttempts?: number | null;
  /** Its first turn. */
  turn?: { payload?: JsonValue } | null;
  /** Who holds it from the beginning. */
  claim?: { runnerId: string; leaseSeconds: number } | null;
  /** True if it may be handed out beside other runs of its session. */
  parallel?: boolean | null;
  /** When it happened: all that is written by it. */
  occurredAt?: Instant | null;
  idempotencyKey?: string | null;
}

/** The session that is asked for, checked. */
export type AskedSession = Exclude<Awaited<ReturnType<typeof checkSession>>, null>;

/** The run that is asked for, checked. */
export type AskedRun = Awaited<ReturnType<typeof checkCreateRunInput>>;

/** Checks what is asked for, takes secrets out of it, and hashes what was sent. */
export async function checkCreateRunInput(caller: Caller, input: CreateRunInput, payloadKey: Uint8Array) {
  requireOwnTenant(caller, input.tenantId, "input.tenantId");
  const bundle = input.resourceBundle ?? null;
  const { projectId, backendProfile, session = null, metadata = null, occurredAt = null } = input;
  const maxAttempts = checkMaxAttempts(input.maxAttempts ?? defaultRunAttempts, "input.maxAttempts");
  const parallel = input.parallel ?? false;
  const turn = input.turn && checkJsonObject(input.turn.payload, "input.turn.payload");
  // What was not there at first is hashed only if it is given: older keys stay good.
  const more = {
    ...(turn ? { turn } : {}),
    ...(parallel ? { parallel } : {}),
    ...(occurredAt ? { occurredAt } : {}),
  };
  const sentSession = withoutNulls(session);
  const sent = { projectId, backendProfile, session: sentSession, bundle, metadata, maxAttempts, ...more };
  return {
    projectId: takeName("CreateRunInput.projectId", projectId),
    backendProfile: takeName("CreateRunInput.backendProfile", backendProfile),
    key: takeOptionalName("CreateRunInput.idempotencyKey", input.idempotencyKey),
    session: await checkSession(session),
    resourceBundle: await takeNullable(
      summarizeBundle(
        bundle === null ? null : checkJsonObject(bundle, "input.resourceBundle"),
        "input.resourceBundle",
      ),
    ),
    metadata: await takeJson(checkJsonObject(metadata ?? {}, "input.metadata")),
    maxAttempts,
    parallel,
    occurredAt,
    turn: turn ? await takeTurn(turn, payloadKey) : null,
    claim: input.claim ? checkClaim(caller, input.claim) : null,
    payloadHash: hashSent(sent, payloadKey).keyed,
    /** Whether a run was made of the same. */
    isSame: (earlier: { payloadHash: string }) =>
      formsOf(sent).some((form) => isSameSent(earlier, hashSent(form, payloadKey))),
  };
}

/** What was sent, in each way in which the same may be sent: an empty `metadata` may be left out. */
function formsOf<Sent extends { metadata: JsonValue; session: JsonObject | null }>(sent: Sent): Sent[] {
  const isEmpty = (value: JsonValue) => Object.keys(value ?? {}).length === 0;
  const { metadata: ofSession = null, ...session } = sent.session ?? {};
  const metadatas = isEmpty(sent.metadata) ? [null, {}] : [sent.metadata];
  const sessions =
    sent.session && isEmpty(ofSession) ? [session, { ...session, metadata: {} }] : [sent.session];
  return metadatas.flatMap((metadata) => sessions.map((each) => ({ ...sent, metadata, session: each })));
}

async function takeTurn(payload: JsonObject, payloadKey: Uint8Array) {
  const payloadHash = hashSent(payload, payloadKey).keyed;
  return { type: "TURN" as const, payload: await takeJson(payload), payloadHash, idempotencyKey: null };
}

function checkClaim({ viewer }: Caller, claim: { runnerId: string; leaseSeconds: number }) {
  requireScope(viewer, "runner");
  return {
    runnerId: checkId("runner", claim.runnerId, "input.claim.runnerId"),
    leaseSeconds: checkLeaseSeconds(claim.leaseSeconds, "input.claim.leaseSeconds"),
  };
}

async function checkSession(session: SessionRefInput | null) {
  if (session === null) return null;
  const sent = checkJsonObject(session.metadata ?? {}, "input.session.metadata");
  checkTitle(sent, "input.session.metadata");
  const metadata = await takeJson(sent);
  return {
    name: takeName("SessionRefInput.sessionId", session.sessionId),
    conversationId: takeOptionalName("SessionRefInput.conversationId", session.conversationId),
    threadId: takeOptionalName("SessionRefInput.threadId", session.threadId),
    expiresAt: session.expiresAt ?? null,
    title: titleOfMetadata(metadata),
    metadata,
    parent: session.parent ? takeParent(session.parent, "input.session.parent") : null,
    parentToolCallId: takeOptionalName("SessionRefInput.parentToolCallId", session.parentToolCallId),
  };
}

async function takeNullable(value: JsonObject | null): Promise<JsonObject | null> {
  return value === null ? null : takeJson(value);
}

function withoutNulls(session: SessionRefInput | null): JsonObject | null {
  if (session === null) return null;
  const given = Object.entries(session).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries<JsonValue>(given);
}
