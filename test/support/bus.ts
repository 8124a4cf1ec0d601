import pg from "pg";
import { expect } from "vitest";
import { Bus, type CreateLink } from "../../src/realtime/bus.js";
import type { Hub } from "../../src/realtime/hub.js";

/** Opens a bus and waits until it is ready; `await using` closes it. */
export async function openBus(
  hub: Hub,
  createLink: CreateLink,
  options: Partial<ConstructorParameters<typeof Bus>[0]> = {},
): Promise<Bus & AsyncDisposable> {
  const bus = new Bus({ hub, createLink, onLost: () => {}, onBack: () => {}, ...options });
  await expect.poll(() => bus.state.ready).toBe(true);
  return Object.assign(bus, { [Symbol.asyncDispose]: () => bus.close() });
}

/** The backends of a database that carry a bus. */
export async function busPids(client: pg.Client, databaseUrl: string): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'agentrun-graph bus' AND datname = $1",
    [new URL(databaseUrl).pathname.slice(1)],
  );
  return rows.map(({ pid }) => pid);
}

/** Hears what nodes send each other, without their questions to themselves. */
export async function listen(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  const messages: string[][] = [];
  const bytes: number[] = [];
  client.on("notification", ({ payload = "" }) => {
    const topics = (JSON.parse(payload) as string[]).slice(1);
    if (topics.length === 0) return;
    messages.push(topics);
    bytes.push(Buffer.byteLength(payload));
  });
  await client.connect();
  await client.query("LISTEN agentrun_wake");
  return {
    messages,
    bytes,
    topics: () => messages.flat(),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
