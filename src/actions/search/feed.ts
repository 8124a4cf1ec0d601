// Brings what sessions hold into the index of texts: reads on in their logs from where it left off, and replaces the small blocks
// at their ends by larger ones.
import { BlockBuilder, blockEvents, blockSize } from "../../domain/search/block.js";
import { saltOf } from "../../domain/search/grams.js";
import { placeOf, typesOf } from "../../domain/search/place.js";
import {
  type NewBlock,
  type Replaced,
  type TailBlock,
  readTails,
  replaceBlocks,
  saveIndexed,
} from "../../store/search/block.js";
import { readOpenBucket } from "../../store/search/bucket.js";
import type { UnindexedSession } from "../../store/search/find.js";
import { type TextRow, readTexts } from "../../store/search/text.js";
import type { TenantStore } from "../../store/store.js";
import { transaction } from "../../store/transaction.js";
import { createPace } from "../pace.js";

/** How many sessions are indexed in one step. */
export const sessionsInStep = 128;

/** How much of their payloads a step reads, in bytes, and how many events of one session. */
const stepBytes = 1_048_576;
const stepEvents = 1_000;

const types = typesOf(null);

/** What a step does to one session. */
interface Work {
  session: UnindexedSession;
  /** The first event that is read. */
  fromSeq: number;
  /** The last event that was read. */
  toSeq: number;
  blocks: NewBlock[];
}

/**
 * Indexes a step of these sessions, at most {@link sessionsInStep} of them. Gives of how many something was indexed, and of how
 * many nothing is left. Those that are held by who removes them are in neither.
 */
export async function feedSessions(
  store: TenantStore,
  sessions: readonly UnindexedSession[],
): Promise<{ moved: number; done: number }> {
  const tails = await readTails(
    store,
    sessions.map(({ id }) => id),
  );
  const tailsOf = bySession(tails);
  const stretches = sessions.map((session) => ({
    sessionId: session.id,
    fromSeq: firstToRead(session, tailsOf.get(session.id) ?? []),
    toSeq: session.lastEventSeq,
    freeSeq: session.indexedSeq,
  }));
  const bytes = Math.floor(stepBytes / sessions.length);
  const rows = await readTexts(store, stretches, { types, bytes, events: stepEvents });
  const rowsOf = bySession(rows);
  const bucket = await readOpenBucket(store);
  const salt = saltOf(store.tenantId, bucket);
  const pace = createPace();
  const works: Work[] = [];
  for (const [index, session] of sessions.entries()) {
    const { fromSeq } = stretches[index] ?? { fromSeq: 1 };
    const work = { session, fromSeq, toSeq: session.indexedSeq, blocks: [] };
    await build(work, rowsOf.get(session.id) ?? [], salt, pace);
    works.push(work);
  }
  return save(store, bucket, works);
}

function bySession<Row extends { sessionId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.sessionId);
    if (group) group.push(row);
    else groups.set(row.sessionId, [row]);
  }
  return groups;
}

/** Small blocks at the end are read again, as long as what is added is not less than what is read again. */
function firstToRead({ indexedSeq, lastEventSeq }: UnindexedSession, tails: readonly TailBlock[]): number {
  let from = indexedSeq + 1;
  if (lastEventSeq <= indexedSeq) return from;
  for (const { fromSeq, size } of tails) {
    if (size >= blockSize || from - fromSeq > lastEventSeq - from + 1 || from - fromSeq > blockEvents / 2)
      break;
    from = fromSeq;
  }
  return from;
}

async function build(
  work: Work,
  rows: readonly TextRow[],
  salt: number,
  pace: () => Promise<void> | undefined,
): Promise<void> {
  const { session, blocks } = work;
  if (!session.hasTitle && session.title !== null) {
    const builder = new BlockBuilder(salt);
    builder.add({ field: "TITLE", text: session.title });
    const at = session.updatedAt;
    const place = { sessionId: session.id, fromSeq: 0, toSeq: 0, oldestAt: at, newestAt: at };
    blocks.push({ ...place, ...builder.content });
  }
  let open: Open | null = null;
  const close = () => {
    if (open && open.builder.content.size > 0)
      blocks.push({ sessionId: session.id, ...open.place, ...open.builder.content });
    open = null;
  };
  for (const { sessionSeq, type, payload, command, at } of rows) {
    await pace();
    open ??= {
      builder: new BlockBuilder(salt),
      place: { fromSeq: sessionSeq, toSeq: sessionSeq, oldestAt: at, newestAt: at },
    };
    const { builder, place } = open;
    const text = payload && placeOf({ type, payload, command });
    if (text) {
      builder.add(text);
      if (at > place.newestAt) place.newestAt = at;
      if (at < place.oldestAt) place.oldestAt = at;
    }
    place.toSeq = sessionSeq;
    work.toSeq = Math.max(work.toSeq, sessionSeq);
    if (builder.isFull || sessionSeq - place.fromSeq + 1 >= blockEvents) close();
  }
  close();
}

/** A block that is being built. */
interface Open {
  builder: BlockBuilder;
  place: Pick<NewBlock, "fromSeq" | "toSeq" | "oldestAt" | "newestAt">;
}

/** Saves what was built. Blocks of events that were read again are replaced, and so is a title. */
async function save(
  store: TenantStore,
  bucket: number,
  works: readonly Work[],
): Promise<{ moved: number; done: number }> {
  const kept = await transaction(store, async (tx) => {
    const held = await saveIndexed(
      tx,
      works.map(({ session, toSeq }) => ({ sessionId: session.id, indexedSeq: toSeq, title: session.title })),
    );
    const saved = works.filter(({ session }) => held.has(session.id));
    const blocks = saved.flatMap((work) => work.blocks);
    await replaceBlocks(tx, bucket, saved.flatMap(replacedBy), blocks);
    return saved;
  });
  return {
    moved: kept.length,
    done: kept.filter(({ session, toSeq }) => toSeq >= session.lastEventSeq).length,
  };
}

function replacedBy({ session: { id, indexedSeq, hasTitle }, fromSeq, toSeq }: Work): Replaced[] {
  return [
    ...(toSeq > indexedSeq ? [{ sessionId: id, fromSeq, toSeq: Number.MAX_SAFE_INTEGER }] : []),
    ...(hasTitle ? [] : [{ sessionId: id, fromSeq: 0, toSeq: 0 }]),
  ];
}
