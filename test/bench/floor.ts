import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type pg from "pg";
import { idOf, readerId, tenantId } from "./rows.js";

/**
 * Opens the least that can answer, and says where: node:http, pg, one prepared statement, JSON made by Postgres. The paths are
 * /typename, /viewer, /node, /sessions, /inbox, /counts, /events and /append, and each answers as the operation does that it
 * stands beside.
 */
export async function openFloor(pool: pg.Pool): Promise<string> {
  const read = async (statement: { name: string; text: string; values: unknown[] }) => {
    const { rows } = await pool.query<{ json: string }>(statement);
    return `{"data":${rows[0]?.json}}`;
  };
  const answers: Record<string, (body: string) => string | Promise<string>> = {
    "/typename": () => JSON.stringify({ data: { __typename: "Query" } }),
    "/node": (body) =>
      read({ name: "node", text: node, values: [tenantId, (JSON.parse(body) as { id: string }).id] }),
    "/viewer": () => JSON.stringify({ data: { viewer: { tenantId } } }),
    "/sessions": () => read({ name: "sessions", text: sessions, values: [tenantId] }),
    "/inbox": () => read({ name: "inbox", text: inbox, values: [tenantId] }),
    "/counts": () => read({ name: "counts", text: counts, values: [tenantId] }),
    "/events": (body) =>
      read({
        name: "events",
        text: events,
        values: [tenantId, (JSON.parse(body) as { id: string }).id],
      }),
    "/append": async (body) => {
      const { number, events } = JSON.parse(body) as { number: number; events: BareEvent[] };
      const lastSeq = await insertBare(pool, number, events);
      return JSON.stringify({ data: { appendEvents: { lastSeq, replayed: false } } });
    },
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    if (!answer) return void response.writeHead(404).end();
    void readBody(request)
      .then(answer)
      .then(
        (text) =>
          response
            .writeHead(200, {
              "content-type": "application/json; charset=utf-8",
              "content-length": Buffer.byteLength(text),
            })
            .end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An event as the floor takes it. */
export interface BareEvent {
  type: string;
  payload: Record<string, unknown>;
}

/** Inserts the same rows as an append, with no lock, no check and no order, and gives the last seq. */
export async function insertBare(
  pool: pg.Pool,
  number: number,
  events: readonly BareEvent[],
): Promise<number> {
  const [event] = events;
  const place = [tenantId, idOf("run", number), idOf("ses", number)];
  const { rows } = await pool.query<{ seq: number }>(
    events.length === 1 && event
      ? { name: "insertOne", text: insertOne, values: [...place, event.type, JSON.stringify(event.payload)] }
      : { name: "insertMany", text: insertMany, values: [...place, JSON.stringify(events)] },
  );
  return rows.at(-1)?.seq ?? 0;
}

const insertOne = `
  INSERT INTO bare_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
  SELECT $1, $2, seq, $3, seq, $4::run_event_type, $5::jsonb, 0, now() FROM nextval('bare_event_seq') AS seq
  RETURNING seq`;

const insertMany = `
  INSERT INTO bare_event (tenant_id, run_id, seq, session_id, session_seq, type, payload, redaction_count, created_at)
  SELECT $1, $2, seq, $3, seq, type::run_event_type, payload, 0, now()
  FROM (SELECT nextval('bare_event_seq') AS seq, type, payload
    FROM jsonb_to_recordset($4::jsonb) AS event (type text, payload jsonb)) AS events
  RETURNING seq`;

const instant = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

// The sizes stand in the text: as parameters they would plan for a tenth of the table.
const sessionPage = (page: string, order: string) => `
  SELECT json_build_object('sessions', json_build_object(
    'nodes', coalesce(json_agg(json_build_object('id', page.id, 'sessionId', name, 'title', title,
      'executionState', execution_state, 'attention', json_build_object('reason', reason, 'readVersion', read_version,
        'state', CASE WHEN execution_state = 'RUNNING' THEN 'ACTIVE' WHEN read_version >= version THEN 'READ' ELSE 'UNREAD' END),
      'lastActivityAt', ${instant("last_activity_at")}, 'version', version,
      'lastRun', CASE WHEN run.id IS NOT NULL THEN json_build_object('id', run.id, 'status', run.status) END,
      'lastCommand', CASE WHEN command.id IS NOT NULL THEN json_build_object('id', command.id, 'state', command.state) END
    ) ORDER BY place) FILTER (WHERE place <= 20), '[]'),
    'pageInfo', json_build_object('hasNextPage', count(*) > 20, 'endCursor', encode(convert_to(
      (max(ARRAY[last_activity_at::text, page.updated_at::text, page.id]) FILTER (WHERE place = 20))::text, 'UTF8'), 'base64'))
  ))::text AS json
  FROM (SELECT *, row_number() OVER (ORDER BY ${order}) AS place FROM ${page} ORDER BY ${order} LIMIT 21) AS page
    LEFT JOIN run ON run.tenant_id = $1 AND run.id = last_run_id
    LEFT JOIN command ON command.tenant_id = $1 AND command.id = last_command_id`;

const byActivity = "last_activity_at DESC, updated_at DESC, id DESC";
const marked = `session LEFT JOIN (SELECT session_id, read_version FROM reader_mark WHERE tenant_id = $1 AND reader_id = '${readerId}')
  AS mark ON session_id = id`;
const isRead = "coalesce(read_version >= version, false)";
const sessions = sessionPage(`${marked} WHERE tenant_id = $1`, byActivity);

/** As if what each reader has not read had an index: see rows.ts. */
const inbox = sessionPage(
  `bare_unread JOIN ${marked} ON session.tenant_id = unread_tenant_id AND session.id = unread_id
    WHERE unread_tenant_id = $1 AND unread_reader_id = '${readerId}'`,
  "unread_activity_at DESC, unread_updated_at DESC, unread_id DESC",
);

const node = `
  SELECT json_build_object('node', json_build_object('id', id, 'sessionId', name, 'title', title,
    'executionState', execution_state, 'lastActivityAt', ${instant("last_activity_at")}, 'version', version))::text AS json
  FROM session WHERE tenant_id = $1 AND id = $2`;

const counts = `
  SELECT json_build_object('inboxCounts', json_build_object('total', count(*),
    'active', count(*) FILTER (WHERE execution_state = 'RUNNING'),
    'unread', count(*) FILTER (WHERE execution_state <> 'RUNNING' AND NOT ${isRead}),
    'read', count(*) FILTER (WHERE execution_state <> 'RUNNING' AND ${isRead}),
    'needsInput', count(*) FILTER (WHERE reason IN ('NEEDS_INPUT', 'NEEDS_APPROVAL'))))::text AS json
  FROM ${marked} WHERE tenant_id = $1`;

const events = `
  SELECT json_build_object('run', json_build_object('events', json_build_object(
    'nodes', coalesce(json_agg(json_build_object('id', 'evt_' || substr(run_id, 5) || lpad(to_hex(seq), 8, '0'),
      'seq', seq, 'type', type, 'payload', payload, 'createdAt', ${instant("created_at")}) ORDER BY seq)
      FILTER (WHERE place <= 100), '[]'),
    'pageInfo', json_build_object('hasNextPage', count(*) > 100, 'endCursor', encode(convert_to(
      (max(seq) FILTER (WHERE place = 100))::text, 'UTF8'), 'base64'))
  )))::text AS json
  FROM (SELECT *, row_number() OVER (ORDER BY seq) AS place FROM run_event
      WHERE tenant_id = $1 AND run_id = $2 ORDER BY seq LIMIT 101) AS page`;

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
