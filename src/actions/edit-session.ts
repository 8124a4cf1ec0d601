import { type Viewer, mayDo } from "../auth/viewer.js";
import { badUserInput, notFound, preconditionFailed } from "../domain/errors.js";
import type { Instant } from "../domain/instant.js";
import type { JsonObject, JsonValue } from "../domain/json-value.js";
import { canonicalJson, checkJsonObject } from "../domain/json.js";
import {
  type SessionLink,
  type SessionLinkKind,
  type TitleGiver,
  editLabels,
  maxLinks,
  maxTitleLength,
  patchMetadata,
  takeLabels,
} from "../domain/session-edit.js";
import { checkTitle, titleOfMetadata, titleOfPrompt } from "../domain/session.js";
import { checkCharacters, checkOptionalName } from "../domain/text.js";
import { takeVersion } from "../domain/version.js";
import { checkUrl } from "../domain/url.js";
import type { SessionRow } from "../store/row.js";
import { type EditedSession, findPrompt, readChangeVersion, saveEdit } from "../store/session-edit.js";
import { saveRevival } from "../store/session.js";
import { holdVersion } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";
import type { Tx } from "../store/tx.js";
import { type Caller, requireReaderOrRunner } from "./caller.js";
import { refuseSecret, takeJson, takeText } from "./intake.js";
import { type HeldSession, type SessionRef, holdSession, requireSession } from "./session.js";

/** A link of a session as it is sent. */
export interface SessionLinkInput {
  url: string;
  label?: string | null;
  kind?: SessionLinkKind | null;
  state?: string | null;
}

/** The input of {@link updateSession}. What is left out stays; null of the title and of `expiresAt` means something. */
export interface UpdateSessionInput {
  session: SessionRef;
  title?: string | null;
  addLabels?: readonly string[] | null;
  removeLabels?: readonly string[] | null;
  links?: readonly SessionLinkInput[] | null;
  metadata?: JsonValue | null;
  expiresAt?: Instant | null;
  ifVersion?: number | null;
}

/**
 * Edits what a session is called, its labels, links, metadata and its end, all or nothing, and gives its id. An edit raises no
 * version: the session is no news by it. Throws PRECONDITION_FAILED if it has changed since `ifVersion`, unless nothing is to change.
 */
export async function updateSession(caller: Caller, input: UpdateSessionInput): Promise<string> {
  requireReaderOrRunner(caller);
  const ifVersion = takeVersion(input.ifVersion, "input.ifVersion");
  const edit = await takeEdit(caller.viewer, input);
  const sessionId = await requireSession(caller, input.session, "input.session");
  await transaction(caller.store, async (tx) => {
    const held = await holdSession(tx, sessionId);
    if (!held || held.row.removing) throw notFound("session", sessionId);
    const edited = await applyEdit(tx, held.row, edit);
    if (isSame(held.row, edited)) return;
    await assertUnchanged(tx, sessionId, caller.viewer.readerId, ifVersion);
    await saveEdited(tx, held, edited);
  });
  return sessionId;
}

/** Throws PRECONDITION_FAILED if a locked session, or the reader's marks of it, have changed since the version that a caller saw. */
export async function assertUnchanged(
  tx: Tx,
  sessionId: string,
  readerId: string | null,
  ifVersion: number | null,
): Promise<void> {
  if (ifVersion === null) return;
  await holdVersion(tx);
  const actual = await readChangeVersion(tx, sessionId, readerId);
  if (actual !== ifVersion) throw preconditionFailed(`session ${sessionId}`, ifVersion, actual);
}

async function saveEdited(tx: Tx, { row, past }: HeldSession, edited: EditedSession): Promise<void> {
  await saveEdit(tx, row, edited);
  // One that expired lives on with a later instant, or with none.
  if (past && edited.expiresAt !== row.expiresAt) await saveRevival(tx, row, edited.expiresAt);
}

/** An edit whose texts were checked. Undefined stays as it is. */
interface Edit {
  title: string | null | undefined;
  by: TitleGiver;
  added: readonly string[];
  removed: readonly string[];
  links: readonly SessionLink[] | undefined;
  patch: JsonObject;
  expiresAt: Instant | null | undefined;
}

async function takeEdit(viewer: Viewer, input: UpdateSessionInput): Promise<Edit> {
  const patch = input.metadata ? checkJsonObject(input.metadata, "input.metadata") : {};
  checkTitle(patch, "input.metadata");
  const labels = input.addLabels ?? [];
  labels.forEach((label, index) => refuseSecret(label, `input.addLabels.${index}`));
  return {
    title: input.title === undefined ? undefined : takeTitle(input.title),
    by: mayDo(viewer, "reader") ? "READER" : "RUNNER",
    added: takeLabels(labels, "input.addLabels"),
    removed: takeLabels(input.removeLabels ?? [], "input.removeLabels"),
    links: input.links ? takeLinks(input.links) : undefined,
    patch: await takeJson(patch),
    expiresAt: input.expiresAt,
  };
}

function takeTitle(title: string | null): string | null {
  if (title === null) return null;
  const text = checkCharacters(title.trim(), "input.title");
  const { length } = [...text];
  if (length === 0 || length > maxTitleLength)
    throw badUserInput("input.title", `must have 1 to ${maxTitleLength} characters`);
  return takeText(text, "input.title");
}

function takeLinks(links: readonly SessionLinkInput[]): SessionLink[] {
  if (links.length > maxLinks) throw badUserInput("input.links", `must be at most ${maxLinks} links`);
  return links.map(({ url, label, kind, state }, index) => {
    const field = `input.links.${index}`;
    refuseSecret(url, `${field}.url`);
    checkUrl(url, `${field}.url`);
    return {
      url,
      label: takeText(checkOptionalName(label, `${field}.label`), `${field}.label`),
      kind: kind ?? "OTHER",
      state: takeText(checkOptionalName(state, `${field}.state`), `${field}.state`),
    };
  });
}

async function applyEdit(tx: Tx, row: SessionRow, edit: Edit): Promise<EditedSession> {
  const metadata = patchMetadata(row.metadata, edit.patch, "input.metadata");
  const isGiven = edit.title !== undefined && (edit.by === "READER" || row.titleBy !== "READER");
  const titleBy = isGiven ? (edit.title === null ? null : edit.by) : row.titleBy;
  const isKept =
    titleBy !== null || (!isGiven && titleOfMetadata(metadata) === titleOfMetadata(row.metadata));
  return {
    title:
      isGiven && typeof edit.title === "string"
        ? edit.title
        : isKept
          ? row.title
          : await ownTitle(tx, row.id, metadata),
    titleBy,
    labels: editLabels(row.labels, edit.added, edit.removed, "input.addLabels"),
    links: edit.links ?? row.links,
    metadata,
    expiresAt: edit.expiresAt === undefined ? row.expiresAt : edit.expiresAt,
  };
}

/** The title that a session has which nobody gave one. */
async function ownTitle(tx: Tx, sessionId: string, metadata: JsonObject): Promise<string | null> {
  const ofMetadata = titleOfMetadata(metadata);
  if (ofMetadata !== null) return ofMetadata;
  const payload = await findPrompt(tx, sessionId);
  return payload ? titleOfPrompt(payload) : null;
}

function isSame(row: SessionRow, edited: EditedSession): boolean {
  const partOf = ({ title, titleBy, labels, links, metadata, expiresAt }: EditedSession) =>
    canonicalJson({
      title,
      titleBy,
      labels: [...labels],
      links: links as unknown as JsonValue,
      metadata,
      expiresAt,
    });
  return partOf(row) === partOf(edited);
}
