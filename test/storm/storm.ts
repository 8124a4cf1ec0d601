import { signToken } from "../../src/auth/token.js";
import { createRandom } from "../support/random.js";
import { openProxy } from "../support/tcp-proxy.js";
import { type Send, type Try, createSend } from "./caller.js";
import type { Shared, Writer } from "./deed.js";
import { awaitDuties } from "./duties.js";
import { type Fault, doHarm } from "./faults.js";
import { type Ledger, createLedger, sizeOf } from "./ledger.js";
import { type StormNode, secret, startStormNode } from "./nodes.js";
import { createStormRun, registerStormRunner } from "./operations.js";
import { write } from "./writer.js";

/** How a storm is made. */
export interface StormOptions {
  databaseUrl: string;
  seed: number;
  /** How many write at once. */
  writers: number;
  /** How long they write, in milliseconds; longer where a busy machine has acknowledged less than `least` by then. */
  durationMs: number;
  /** How many writes are to be acknowledged at least; 0 if left out. */
  least?: number;
  /** The longest time that a node is paused, in milliseconds. */
  pauseMs: number;
  /** How long a writer waits for an answer before it asks another node, in milliseconds. */
  timeoutMs: number;
}

/** What came of it. What the database holds is to be looked at by who asked for it. */
export interface StormResult {
  ledger: Ledger;
  tries: Try[];
  faults: Fault[];
  /** What writers met that must not be. */
  failures: string[];
  /** What the nodes logged, and how they ended. */
  nodes: { logged: string; exit: number | NodeJS.Signals }[];
}

/** The tenant whose row is locked from outside, and one beside it in the same trouble but for that. */
const tenants = ["held", "beside"] as const;

/** A tenant whose few writers keep to the node that nothing is done to. How long they wait tells what the others' trouble costs it. */
export const apart = "apart";

/** The node whose way to Postgres is a proxy. */
const proxied = 1;
const nodeCount = 3;
const sessionCount = 4;

/** Lets writers and faults loose on three nodes, and ends the nodes once every write is acknowledged or refused. */
export async function storm(options: StormOptions): Promise<StormResult> {
  const { databaseUrl, seed, durationMs, least = 0, pauseMs } = options;
  await using proxy = await openProxy(databaseUrl);
  const nodes = await Promise.all(
    Array.from({ length: nodeCount }, (_, place) =>
      startStormNode(place === proxied ? proxy.url : databaseUrl),
    ),
  );
  try {
    const ledger = createLedger();
    const tries: Try[] = [];
    const writers = await openWriters(options, nodes, ledger, (done) => void tries.push(done));
    const failures: string[] = [];
    let stopped = false;
    const writing = writers.map((writer) =>
      write(writer, () => stopped).catch((error: unknown) => void failures.push(String(error))),
    );
    const faults = await doHarm({
      nodes,
      proxy,
      databaseUrl,
      tenant: tenants[0],
      pauseMs,
      random: createRandom(seed),
      signal: endOf(durationMs, () => failures.length > 0 || sizeOf(ledger) >= least),
    });
    stopped = true;
    await Promise.all(writing);
    failures.push(...(await awaitDuties(databaseUrl)));
    return { ledger, tries, faults, failures, nodes: await stopAll(nodes) };
  } finally {
    await stopAll(nodes);
  }
}

/** Aborts once so much time has passed and it is enough. */
function endOf(durationMs: number, isEnough: () => boolean): AbortSignal {
  const end = new AbortController();
  const until = performance.now() + durationMs;
  const look = setInterval(() => {
    if (performance.now() < until || !isEnough()) return;
    clearInterval(look);
    end.abort();
  }, 50);
  // A storm that fails before does not wait for it.
  look.unref();
  return end.signal;
}

async function stopAll(nodes: readonly StormNode[]): Promise<StormResult["nodes"]> {
  return Promise.all(nodes.map(async (node) => ({ exit: await node.stop(), logged: node.logged() })));
}

/** Writers of each tenant, one in sixteen apart, each a reader and a runner of its own; one in eight is an operator. */
async function openWriters(
  { seed, writers, timeoutMs }: StormOptions,
  nodes: readonly StormNode[],
  ledger: Ledger,
  onTry: (done: Try) => void,
): Promise<Writer[]> {
  const shared = new Map<string, Shared>([...tenants, apart].map((tenant) => [tenant, createShared()]));
  const urls = nodes.map(({ url }) => url);
  const open = async (_: unknown, number: number): Promise<Writer> => {
    const isApart = number % 16 === 15;
    const tenant = isApart ? apart : (tenants[number % tenants.length] ?? tenants[0]);
    const name = `rnr_writer-${number}`;
    const operator = number % 8 === 0;
    const random = createRandom(seed * 1_009 + number);
    const token = await signToken({
      secret: new TextEncoder().encode(secret),
      tenant,
      reader: name,
      scopes: ["reader", "runner", ...(operator ? (["operator"] as const) : [])],
      ttlSeconds: 3_600,
    });
    const send = createSend({
      tenant,
      token,
      urls: isApart ? urls.slice(0, 1) : urls,
      random,
      timeoutMs,
      onTry,
    });
    const known = shared.get(tenant) ?? createShared();
    await prepare(send, name, known);
    let key = 0;
    return {
      name,
      operator,
      random,
      send,
      shared: known,
      ledger,
      held: undefined,
      heldTask: undefined,
      nextKey: () => `${name}-${(key += 1)}`,
    };
  };
  return Promise.all(Array.from({ length: writers }, open));
}

function createShared(): Shared {
  const sessionNames = Array.from({ length: sessionCount }, (_, number) => `session-${number}`);
  return { sessionNames, runs: [], commands: [], tasks: [] };
}

/** Registers the runner, and creates the sessions if nobody has. */
async function prepare(send: Send, name: string, shared: Shared): Promise<void> {
  await send(registerStormRunner, { input: { id: name, name, backendProfiles: ["codex"] } });
  for (const sessionId of shared.sessionNames) {
    await send(createStormRun, {
      input: {
        projectId: "storm",
        backendProfile: "codex",
        session: { sessionId },
        idempotencyKey: `first-${sessionId}`,
      },
    });
  }
}
