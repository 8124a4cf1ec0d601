import { schema } from "../../src/graphql/schema.js";
import { createRandom } from "../support/random.js";
import { type Asks, asking, callerOf } from "../support/start-service.js";
import { appendEvents, claim, createCommand, createRun, createSession } from "../support/work.js";
import { breakRequest } from "./breakage.js";
import { createRequest } from "./document.js";
import { type Exchange, exchange, transportOf } from "./exchange.js";
import { Known } from "./known.js";

/** How a service is fuzzed. */
export interface FuzzOptions {
  url: string;
  seed: number;
  /** How many valid documents are sent, and how many broken ones. */
  documents: number;
  /** How many are under way at the same time. */
  concurrency: number;
  /** Is told of every exchange. */
  onExchange: (exchange: Exchange) => void;
  /** Is told when so many quarters of all have been sent. */
  onQuarter?: (quarter: number) => Promise<void>;
}

/** Sends valid documents and broken ones in turn. The same seed makes the same ones, but for the ids in them. */
export async function fuzz(options: FuzzOptions): Promise<void> {
  const { url, seed, documents, concurrency, onExchange, onQuarter } = options;
  const known = await prepare(asking(callerOf(url)));
  const total = documents * 2;
  for (let quarter = 1; quarter <= 4; quarter += 1) {
    let next = Math.floor((total * (quarter - 1)) / 4);
    const end = Math.floor((total * quarter) / 4);
    const work = async () => {
      while (next < end) {
        const number = (next += 1) - 1;
        const done = await sendOne(url, seed, number, known);
        if (done.code === "OK") known.learn(done.answer?.data);
        onExchange(done);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    await onQuarter?.(quarter);
  }
}

/** The even numbers are valid, the odd ones broken. */
function sendOne(url: string, seed: number, number: number, known: Known): Promise<Exchange> {
  const random = createRandom(seed * 1_000_003 + number);
  const valid = createRequest(schema, random, known);
  if (number % 2 === 1) {
    const broken = breakRequest(valid, random);
    return exchange(url, transportOf(valid.kind, broken, random), broken, false);
  }
  const { kind, ...request } = valid;
  return exchange(url, transportOf(kind, request, random), request, true);
}

const overview = `{
  sessions(filter: { state: ALL }) { nodes { id sessionId version } pageInfo { endCursor } edges { cursor } }
  runs { nodes { id projectId events { nodes { id } edges { cursor } } commands { nodes { id } } } edges { cursor } }
  queueTasks { nodes { id queue lane version } edges { cursor } }
  runners { nodes { id } edges { cursor } }
}`;

/** Makes a few things of every kind. */
export async function prepare(asks: Asks): Promise<Known> {
  const known = new Known();
  for (let number = 0; number < 8; number += 1) {
    const { runId } = await createSession(asks, { metadata: { title: `Fox ${number}` } });
    await createCommand(asks, runId, number % 2 === 0 ? "TURN" : "STEER", { prompt: "Go" });
    known.learn(await claim(asks, runId, { leaseSeconds: 3_600 }));
    await appendEvents(asks, {
      runId: await createRun(asks, { idempotencyKey: `key-${number}` }),
      events: [
        { type: "ASSISTANT_MESSAGE", payload: { text: "one" } },
        { type: "INPUT_REQUEST", payload: { kind: "question", prompt: "Go on?" } },
      ],
    });
    known.learn(
      await asks.ask(
        `mutation { createQueueTask(input: { projectId: "p", queue: "q${number % 3}", payload: {} }) { task { id } } }`,
      ),
    );
  }
  known.learn(
    await asks.ask(
      `mutation { claimQueueTask(input: { queue: "q0", runnerId: "${known.pick("rnr", createRandom(1))}" }) { leaseToken attempt { id } } }`,
    ),
  );
  known.learn(await asks.ask(overview));
  return known;
}
