/*
 * The graph as one writes it with Mercurius: a schema in SDL, resolvers with SQL of their own, loaders that ask once for all rows of a
 * list, and every document compiled at its first call.
 */
import { readFile } from "node:fs/promises";
import fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius from "mercurius";
import pg from "pg";
import { answerParent } from "../answer-parent.mjs";
import * as statements from "./statements.mjs";

answerParent(async ({ databaseUrl, connections, tenantId, readerId }) => {
  // Versions and counts stay below 2^53.
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  const schema = await readFile(new URL("schema.graphql", import.meta.url), "utf8");
  const app = fastify();
  app.register(mercurius, {
    schema,
    resolvers,
    loaders,
    jit: 1,
    context: () => ({ pool, tenantId, readerId }),
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return `http://127.0.0.1:${app.server.address().port}/graphql`;
});

const resolvers = {
  DateTime: new GraphQLScalarType({ name: "DateTime", serialize: (instant) => instant.toISOString() }),
  JSON: new GraphQLScalarType({ name: "JSON", serialize: (value) => value }),
  Node: { resolveType: ({ id }) => typenames[id.slice(0, 3)] },
  Query: {
    viewer: (_root, _args, { tenantId }) => ({ tenantId }),
    node: (_root, { id }, context) => nodes[id.slice(0, 3)]?.(context, id) ?? null,
    run: (_root, { id }, context) => nodes.run(context, id),
    sessions: async (_root, args, context) => {
      const { rows } = await context.pool.query(statements.sessionPage(context, args));
      return pageOf(rows, args.first, ({ id }) => id);
    },
    inboxCounts: async (_root, _args, context) => {
      const { rows } = await context.pool.query(statements.inboxCounts(context));
      return rows[0];
    },
  },
  Run: {
    events: async ({ id }, args, context) => {
      const { rows } = await context.pool.query(statements.eventPage(context, id, args));
      return pageOf(rows, args.first, ({ seq }) => String(seq));
    },
  },
  RunEvent: { id: ({ runId, seq }) => `evt_${runId.slice(4)}${seq.toString(16).padStart(8, "0")}` },
};

// No two sessions of a list have the same run, command or mark: there is nothing to cache.
const opts = { cache: false };
const loaders = {
  Session: {
    lastRun: {
      loader: (queries, context) => load(statements.runsById, queries, context, ({ lastRunId }) => lastRunId),
      opts,
    },
    lastCommand: {
      loader: (queries, context) =>
        load(statements.commandsById, queries, context, ({ lastCommandId }) => lastCommandId),
      opts,
    },
    attention: {
      loader: async (queries, context) => {
        const marks = await load(statements.marksBySession, queries, context, ({ id }) => id);
        return queries.map(({ obj }, place) => attentionOf(obj, marks[place]?.readVersion ?? null));
      },
      opts,
    },
  },
};

const typenames = { ses: "Session", run: "Run", cmd: "Command" };

const nodes = {
  ses: (context, id) => loadOne(context, statements.sessionById(context, id)),
  run: (context, id) => loadOne(context, statements.runsById(context, [id])),
  cmd: (context, id) => loadOne(context, statements.commandsById(context, [id])),
};

async function loadOne({ pool }, statement) {
  const { rows } = await pool.query(statement);
  return rows[0] ?? null;
}

/** Loads a row for each of some sessions by one statement, in their order, null where there is none. */
async function load(statement, queries, context, idOf) {
  const ids = queries.map(({ obj }) => idOf(obj));
  const { rows } = await context.pool.query(statement(context, ids.filter(Boolean)));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

function attentionOf({ active, reason, version }, readVersion) {
  const isRead = readVersion !== null && readVersion >= version;
  return { state: active ? "ACTIVE" : isRead ? "READ" : "UNREAD", reason, readVersion };
}

function pageOf(rows, first, cursorOf) {
  const nodes = rows.slice(0, first);
  const last = nodes.at(-1);
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: last ? cursorOf(last) : null } };
}
