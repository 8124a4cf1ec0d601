import DataLoader from "dataloader";
import { maxBatchBytes, silenceSeconds } from "../../domain/delta.js";
import type { RunEventType } from "../../domain/event.js";
import type { Instant } from "../../domain/instant.js";
import { type TenantClient, statement } from "../statement.js";

/** What a follower has of a stream: which it is, and how many code points of it. */
export interface Known {
  beganAt: Instant;
  length: number;
}

/** What a follower has of a run's or a session's streams, by {@link streamKey}. */
export type KnownStreams = ReadonlyMap<string, Known>;

/** Names a stream among those of a session. */
export function streamKey({ runId, streamId }: { runId: string; streamId: string }): string {
  return `${runId} ${streamId}`;
}

/** An open stream, and what a follower lacks of it. */
export interface OpenStream {
  runId: string;
  streamId: string;
  type: RunEventType;
  beganAt: Instant;
  /** How many code points of it followers may see. */
  length: number;
  /** How many of them came before `text`; 0 where the follower has none of this stream. */
  offset: number;
  /** What comes after; null where so much was read before that it must wait for the next reading. */
  text: string | null;
}

/** The most runs or sessions whose streams one statement reads. */
const maxPlaces = 16;

type Log = keyof typeof statements;
type Place = { id: string; known: KnownStreams };

/** Reads the open streams of runs and sessions of one tenant. All readings that are asked for in one tick share statements. */
export class DeltaStreams {
  readonly #client: TenantClient;
  readonly #loaders = new Map<string, DataLoader<Place, OpenStream[]>>();

  constructor(client: TenantClient) {
    this.#client = client;
  }

  /** The streams of a run or a session that are open, of these types (null: of all), in an order that stays, with what is not known of each. */
  read(
    log: Log,
    id: string,
    known: KnownStreams,
    types: readonly RunEventType[] | null,
  ): Promise<OpenStream[]> {
    const kind = `${log} ${types?.join() ?? "all"}`;
    let loader = this.#loaders.get(kind);
    if (!loader) {
      const read = (places: readonly Place[]) => readStreams(this.#client, log, places, types);
      loader = new DataLoader(read, { cache: false, maxBatchSize: maxPlaces });
      this.#loaders.set(kind, loader);
    }
    return loader.load({ id, known });
  }
}

type Given = {
  ids: readonly string[];
  knowns: readonly string[];
  types: readonly RunEventType[] | null;
  bytes: number;
};

async function readStreams(
  client: TenantClient,
  log: Log,
  places: readonly Place[],
  types: readonly RunEventType[] | null,
): Promise<OpenStream[][]> {
  const rows = await client.rows(statements[log], {
    ids: places.map(({ id }) => id),
    knowns: places.map(({ known }) => JSON.stringify(Object.fromEntries(known))),
    types,
    bytes: Math.floor(maxBatchBytes / places.length),
  });
  const streams: OpenStream[][] = places.map(() => []);
  for (const { place, ...stream } of rows) streams[place - 1]?.push(stream);
  return streams;
}

const statements = { run: readOf("run_id"), session: readOf("session_id") };

// What is asked of the run stands in its columns: as a condition it would lead to the index of all runs that are claimed.
/** A stream is open while its run is held in the attempt in which it began, and it was not silent for too long. */
function readOf(parent: "run_id" | "session_id") {
  return statement<OpenStream & { place: number }, Given>(`
  SELECT asked.place::int, stream.run_id AS "runId", stream.stream_id AS "streamId", stream.type, stream.began_at AS "beganAt",
    stream.length, stream.known AS offset, CASE WHEN stream.before = 0 OR stream.before + octet_length(stream.text) <= :bytes::int THEN stream.text END AS text
  FROM unnest(:ids::text[], :knowns::jsonb[]) WITH ORDINALITY AS asked (id, known, place)
    CROSS JOIN LATERAL (
      SELECT part.*, sum(octet_length(text)) OVER (ORDER BY run_id, stream_id) - octet_length(text) AS before FROM (
        SELECT run_id, stream_id, type, began_at, length, known, CASE WHEN known < length THEN substr(text, known + 1) ELSE '' END AS text
        FROM (
          SELECT delta_stream.*, CASE WHEN (asked.known -> (run_id || ' ' || stream_id) ->> 'beganAt')::timestamptz = began_at
            THEN (asked.known -> (run_id || ' ' || stream_id) ->> 'length')::int ELSE 0 END AS known
          FROM delta_stream WHERE tenant_id = :tenantId AND ${parent} = asked.id
            AND (:types::run_event_type[] IS NULL OR type = ANY(:types))
            AND touched_at > clock_timestamp() - interval '${silenceSeconds} seconds'
            AND (SELECT status = 'CLAIMED' AND attempt = delta_stream.attempt AND lease_expires_at > clock_timestamp()
              FROM run WHERE tenant_id = :tenantId AND id = delta_stream.run_id)
        ) AS open
      ) AS part
    ) AS stream
  ORDER BY asked.place, stream.run_id, stream.stream_id`);
}
