import { Socket } from "node:net";
import pg from "pg";
import { connectionOptions, settle } from "../database/connection.js";
import type { CreateLink } from "./bus.js";

/** The channel of wake-ups; Postgres keeps the channels of its databases apart. */
const channel = "agentrun_wake";

/** How long the server may take to say goodbye, in milliseconds. */
const goodbyeMs = 500;

/**
 * Links by LISTEN and NOTIFY, both on one connection beside the pool: a pool that is busy does not delay it. The connection
 * must be a session of its own: behind a pooler that shares sessions between transactions nothing comes back.
 */
export function createPostgresLink(connectionString: string): CreateLink {
  return ({ received, lost }) => {
    const socket = new Socket();
    const client = new pg.Client({
      ...connectionOptions(connectionString),
      application_name: "agentrun-graph bus",
      stream: () => socket,
    });
    client.on("notification", ({ payload }) => received(payload ?? ""));
    client.on("error", lost);
    client.on("end", () => lost(new Error("the connection was closed")));

    return {
      async open() {
        await client.connect();
        await settle(client, connectionString, {});
        await client.query(`LISTEN ${channel}`);
      },
      async send(messages) {
        await client.query({
          name: "notify",
          text: "SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message",
          values: [channel, messages],
        });
      },
      async close() {
        const cut = setTimeout(() => socket.destroy(), goodbyeMs);
        await client.end();
        clearTimeout(cut);
      },
    };
  };
}
