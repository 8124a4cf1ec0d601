import { setImmediate } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Hub } from "../../src/realtime/hub.js";
import { createPostgresLink } from "../../src/realtime/postgres-bus.js";
import { createRedisLink } from "../../src/realtime/redis-bus.js";
import { readConfig } from "../../src/server/config.js";
import { bundleModules } from "../support/bundle.js";
import { busPids, listen, openBus } from "../support/bus.js";
import { type TestDatabase, createTestDatabase } from "../support/database.js";
import { followRun } from "../support/following/follow.js";
import { graphql } from "../support/graphql.js";
import { runScript } from "../support/program.js";
import { findRedis } from "../support/redis.js";
import { type TestService, startService } from "../support/start-service.js";
import { openProxy } from "../support/tcp-proxy.js";
import { append, createRun } from "../support/work.js";

const redisUrl = (await findRedis()) ?? "";
const closedPort = "127.0.0.1:1";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe.each([
  { name: "Postgres", bus: { kind: "postgres" } as const, answers: true },
  { name: "Redis", bus: { kind: "redis", url: redisUrl } as const, answers: redisUrl !== "" },
])("two nodes over $name", ({ bus, answers }) => {
  it.skipIf(!answers)("a write on one reaches the other's followers at once", async () => {
    await using a = await startNode({ bus });
    await using b = await startNode({ bus });
    const runId = await createRun(a);
    const follower = await attach(b, runId);
    for (const text of ["one", "two", "three"]) {
      const arrival = follower.next();
      await append(a, runId, [text]);
      expect(await arrival).toEqual([text]);
    }
  });
});

describe("the Postgres bus", () => {
  it("several writes are one message, and their topics come as a set", async () => {
    await using a = await startNode();
    await using heard = await listen(database.url);
    const runIds = await Promise.all(Array.from({ length: 60 }, () => createRun(a)));
    await expect.poll(() => runIds.every((id) => heard.topics().includes(`local/${id}`))).toBe(true);
    const runsIn = (topics: string[]) => runIds.filter((id) => topics.includes(`local/${id}`)).length;
    expect(Math.max(...heard.messages.map(runsIn))).toBeGreaterThan(1);
    for (const topics of heard.messages) expect(new Set(topics).size).toBe(topics.length);
  });

  it("however often a node writes, it sends once in 15 ms", async () => {
    await using heard = await listen(database.url);
    await using bus = await openBus(new Hub(), createPostgresLink(database.url));
    const start = performance.now();
    while (performance.now() - start < 150) {
      bus.publish(["again"]);
      await setImmediate();
    }
    bus.publish(["last"]);
    const most = (performance.now() - start) / 15 + 2;
    await expect.poll(() => heard.topics()).toContain("last");
    expect(heard.messages.length).toBeLessThanOrEqual(most);
  });

  it("topics of any characters, too many for one message, arrive in messages below 8,000 bytes", async () => {
    await using heard = await listen(database.url);
    const [here, there] = [new Hub(), new Hub()];
    await using one = await openBus(here, createPostgresLink(database.url));
    await using _other = await openBus(there, createPostgresLink(database.url));
    const topics = Array.from({ length: 400 }, (_, index) => `'"\\\n\0\u2028\ud800 é 🦊/run_${index}`);
    const bells = topics.map((topic) => there.attach(topic));
    one.publish(topics);
    await Promise.all(bells.map((bell) => bell.wait(3_600_000)));
    await expect.poll(() => heard.topics().length).toBe(topics.length);
    expect(new Set(heard.topics())).toEqual(new Set(topics));
    expect(Math.max(...heard.bytes)).toBeLessThan(8_000);
    expect(heard.messages.length).toBeLessThan(6);
  });

  it("heals when its connection is ended, counts it, and wakes for what was missed", async () => {
    await using a = await startNode();
    const server = new pg.Client({ connectionString: process.env["AGENTRUN_TEST_SERVER_URL"] });
    await server.connect();
    const others = await busPids(server, database.url);
    await using b = await startNode();
    const runId = await createRun(a);
    const follower = await attach(b, runId);
    const arrival = follower.next();
    const name = new URL(database.url).pathname.slice(1);
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    const pids = (await busPids(server, database.url)).filter((pid) => !others.includes(pid));
    expect(pids).toHaveLength(1);
    await server.query("SELECT pg_terminate_backend($1)", [pids[0]]);
    await expect.poll(() => health(b)).toEqual({ ready: true, busReady: false, busFailures: 1 });
    expect((await fetch(b.url.replace("/graphql", "/readyz"))).status).toBe(200);
    await append(a, runId, ["missed"]);
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await server.end();
    expect(await arrival).toEqual(["missed"]);
    expect(await health(b)).toEqual({ ready: true, busReady: true, busFailures: 1 });
    expect(await health(a)).toEqual({ ready: true, busReady: true, busFailures: 0 });
  });
});

describe.skipIf(redisUrl === "")("the Redis bus", () => {
  it("heals when it was cut off, and wakes for what was missed; until then events come by the poll", async () => {
    await using proxy = await openProxy(redisUrl);
    await using a = await startNode({ bus: { kind: "redis", url: redisUrl } });
    await using b = await startNode({ bus: { kind: "redis", url: proxy.url } });
    const runId = await createRun(a);
    const follower = await attach(b, runId);
    const missed = follower.next();
    proxy.cut();
    await expect.poll(() => health(b)).toEqual({ ready: true, busReady: false, busFailures: 1 });
    await append(a, runId, ["missed"]);
    proxy.restore();
    expect(await missed).toEqual(["missed"]);
    expect(await health(b)).toEqual({ ready: true, busReady: true, busFailures: 1 });

    await using looking = await startNode({ bus: { kind: "redis", url: proxy.url }, pollMs: 100 });
    const looked = await attach(looking, runId);
    const polled = looked.next();
    proxy.cut();
    await expect.poll(() => health(looking)).toEqual({ ready: true, busReady: false, busFailures: 1 });
    await append(a, runId, ["by the poll"]);
    expect(await polled).toEqual(["by the poll"]);
    expect(await health(looking)).toEqual({ ready: true, busReady: false, busFailures: 1 });
    expect(await health(a)).toEqual({ ready: true, busReady: true, busFailures: 0 });
  });

  it("is not needed for a start, and is had once it is there", async () => {
    await using proxy = await openProxy(redisUrl);
    proxy.cut();
    await using node = await startNode({ bus: { kind: "redis", url: proxy.url } }, { busReady: false });
    await expect.poll(() => health(node)).toEqual({ ready: true, busReady: false, busFailures: 1 });
    proxy.restore();
    await expect.poll(() => health(node)).toEqual({ ready: true, busReady: true, busFailures: 1 });
  });
});

describe.each([
  { name: "Postgres", url: () => database.url, createLink: createPostgresLink, answers: true },
  { name: "Redis", url: () => redisUrl, createLink: createRedisLink, answers: redisUrl !== "" },
])("a $name that is frozen", ({ url, createLink, answers }) => {
  it.skipIf(!answers)("is noticed, and replaced once it answers again", async () => {
    await using proxy = await openProxy(url());
    const lost: Error[] = [];
    let back = 0;
    const hub = new Hub();
    await using bus = await openBus(hub, createLink(proxy.url), {
      answerMs: 1_000,
      askEveryMs: 50,
      onLost: (error) => lost.push(error),
      onBack: () => (back += 1),
    });
    proxy.freeze();
    await expect.poll(() => bus.state.ready).toBe(false);
    const bell = hub.attach("topic");
    proxy.restore();
    await bell.wait(3_600_000);
    // On a busy machine it may have been lost before, by an answer that took as long.
    expect(bus.state).toEqual({ ready: true, failures: lost.length });
    expect(lost.at(-1)?.message).toBe("the bus does not bring back what is sent within 1000 ms");
    expect(back).toBe(lost.length);
  });

  it.skipIf(!answers)("does not hold up a close", async () => {
    await using proxy = await openProxy(url());
    const bus = await openBus(new Hub(), createLink(proxy.url), { answerMs: 3_600_000 });
    proxy.freeze();
    bus.publish(["topic"]);
    await bus.close();
  });
});

it("a closed bus leaves no timer and no socket, whatever state it was in", async () => {
  const modules = ["bus", "hub", "postgres-bus", "redis-bus"].map((name) => `realtime/${name}.ts`);
  const [bus, hub, postgresBus, redisBus] = await bundleModules(modules);
  const { stdout, stderr, ended } = runScript(`
    import { Bus } from "${bus}";
    import { Hub } from "${hub}";
    import { createPostgresLink } from "${postgresBus}";
    import { createRedisLink } from "${redisBus}";
    const open = (createLink) => new Bus({ hub: new Hub(), createLink, onLost: () => {}, onBack: () => {} });
    const working = [createPostgresLink(${JSON.stringify(database.url)})];
    if (${redisUrl !== ""}) working.push(createRedisLink(${JSON.stringify(redisUrl)}));
    const ready = working.map(open);
    const lost = [
      open(createPostgresLink("postgres://${closedPort}/x")),
      open(createRedisLink("redis://${closedPort}")),
    ];
    while (!ready.every(({ state }) => state.ready) || !lost.every(({ state }) => state.failures === 1))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const opening = working.map(open);
    const all = [...ready, ...lost, ...opening];
    for (const bus of all) bus.publish(["topic"]);
    await Promise.all(all.map((bus) => bus.close()));
    for (const bus of all) bus.publish(["topic"]);
    process.on("exit", () => console.log(process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name))));
  `);
  expect(await ended).toBe(0);
  expect({ stdout: stdout(), stderr: stderr() }).toEqual({ stdout: "[]\n", stderr: "" });
});

it.each(["http://127.0.0.1", "127.0.0.1:6379", "redis://[", "postgres://127.0.0.1/x"])(
  "BUS_URL=%s is refused",
  (url) => {
    expect(() => readConfig({ BUS_URL: url })).toThrow(/^BUS_URL must be a redis:\/\/ or rediss:\/\/ URL/);
  },
);

it("BUS_URL chooses Redis, and without it the database carries the wake-ups", () => {
  expect(readConfig({ BUS_URL: "rediss://u:p@redis.example:6380/2" }).bus).toEqual({
    kind: "redis",
    url: "rediss://u:p@redis.example:6380/2",
  });
  expect(readConfig({}).bus).toEqual({ kind: "postgres" });
});

type NodeOptions = NonNullable<Parameters<typeof startService>[0]>["config"];

/** Starts a node on the file's database and waits until its bus stands as wished. */
async function startNode(config: NodeOptions = {}, { busReady } = { busReady: true }) {
  const node = await startService({ databaseUrl: database.url, config });
  await expect.poll(async () => (await health(node)).busReady).toBe(busReady);
  return node;
}

async function health({ ask }: TestService) {
  const readinessAndBus = graphql(`query ReadinessAndBus { health { ready busReady busFailures } }`);
  return (await ask(readinessAndBus)).health;
}

/** Follows a run's messages from now on, once the follower has nothing left to read. */
async function attach(
  node: TestService,
  runId: string,
): Promise<{ next(): Promise<(string | undefined)[]> }> {
  const follower = followRun(node.connect(), { runId, types: ["ASSISTANT_MESSAGE"] });
  await follower.next();
  return {
    next: async () => (await follower.next()).value.events.map(({ text }: { text?: string }) => text),
  };
}
