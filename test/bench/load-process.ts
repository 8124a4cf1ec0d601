import { randomUUID } from "node:crypto";
import { Caller, type Transport, composeRequest } from "./caller.js";
import { answerParent } from "./child.js";
import { CallerPool } from "./live/caller-pool.js";
import { type Captured, type Delivery, runClosedLoop } from "./live/closed-loop.js";
import { type Crowd, openCrowd } from "./live/crowd.js";
import { composeEvent } from "./live/message.js";
import { type Latency, type Pace, runOpenLoop } from "./live/open-loop.js";
import { Publisher } from "./live/publisher.js";
import { appendBody, createCommandBody, createRunBody, finishCommandBody } from "./operations.js";

interface Side {
  crowd: Crowd;
  callers: CallerPool;
  /** What the crowd is told is sent by. */
  publisher: Publisher;
}

/** Work that is begun, each in a session of its own; or something asked of a run, and done. */
export type Work = "BEGIN" | "ASK";

/** The first id of an answer. */
const idIn = (answer: string) => /"id":"([^"]+)"/.exec(answer)?.[1] ?? "";

/** Each gives how many calls it has made. */
const works: Record<Work, (call: (body: string) => Promise<string>, runId: string) => Promise<number>> = {
  BEGIN: async (call) => {
    await call(createRunBody(randomUUID()));
    return 1;
  },
  ASK: async (call, runId) => {
    await call(finishCommandBody(await call(createCommandBody(runId))));
    return 2;
  },
};

/** The crowds that are open, by URL of their server. */
const sides = new Map<string, Side>();
/** What a subscriber of the service received in the last turn. */
let captured: Captured[] = [];

const answers = {
  /** What one call over HTTP is answered with. */
  answer: async ({ url, body }: { url: string; body: string }) => {
    const caller = new Caller(new URL(url));
    const answer = await caller.call(composeRequest(new URL(url), body));
    caller.close();
    // A caller reads bytes as characters.
    return Buffer.from(answer, "latin1").toString();
  },

  /** Calls that follow each other for a time, one connection for each body. */
  call: async (job: { url: string; bodies: readonly string[]; over: Transport; durationMs: number }) => {
    const { url, bodies, over, durationMs } = job;
    const connections = await Promise.all(
      bodies.map((body) => (over === "HTTP" ? connectCaller(url, body) : connectPublisher(url, body))),
    );
    const start = performance.now();
    let calls = 0;
    await Promise.all(
      connections.map(async ({ call, close }) => {
        while (performance.now() - start < durationMs) {
          await call();
          calls += 1;
        }
        close();
      }),
    );
    return { callsPerSecond: (calls * 1000) / (performance.now() - start) };
  },

  /** Writes that follow each other for a time, over so many connections. Each has a run of its own, which is not counted. */
  work: async (job: { url: string; what: Work; callers: number; durationMs: number }) => {
    const target = new URL(job.url);
    const connections = await Promise.all(
      Array.from({ length: job.callers }, async () => {
        const caller = new Caller(target);
        const call = async (body: string) => idIn(await caller.call(composeRequest(target, body)));
        return { call, runId: await call(createRunBody(randomUUID())), close: () => caller.close() };
      }),
    );
    const start = performance.now();
    let calls = 0;
    await Promise.all(
      connections.map(async ({ call, runId, close }) => {
        while (performance.now() - start < job.durationMs) {
          const made = await works[job.what](call, runId);
          calls += made;
        }
        close();
      }),
    );
    return { callsPerSecond: (calls * 1000) / (performance.now() - start) };
  },

  /** Opens a socket for each list of runs: those are followed, and have caught up when this answers. */
  open: async ({ url, sockets }: { url: string; sockets: readonly (readonly string[])[] }) => {
    const publisher = await Publisher.open(url);
    sides.set(url, { crowd: await openCrowd(url, sockets), callers: new CallerPool(url), publisher });
  },

  /** Closes the sockets to a server. */
  close: (url: string) => {
    const { crowd, callers, publisher } = sideOf(url);
    sides.delete(url);
    callers.close();
    publisher.close();
    crowd.close();
  },

  /** Appends single events to a run that all sockets follow. */
  append: async (job: {
    url: string;
    runId: string;
    window: number;
    durationMs: number;
  }): Promise<Delivery> => {
    const { crowd, publisher } = sideOf(job.url);
    const send = () => publisher.call(appendBody(job.runId, [composeEvent(performance.now())]));
    const { captured: messages, ...delivery } = await runClosedLoop(crowd, {
      ...job,
      nextEvents: () => 1,
      send,
    });
    captured = messages;
    return delivery;
  },

  /** Has a bare server send what the last `append` brought to a subscriber, in the same order, again and again. */
  repeat: async (job: { url: string; window: number; durationMs: number }): Promise<Delivery> => {
    const { crowd, publisher } = sideOf(job.url);
    let sent = 0;
    const next = () => captured[sent % captured.length];
    const send = () => {
      const text = next()?.text ?? "";
      sent += 1;
      return publisher.send(text);
    };
    const nextEvents = () => next()?.events ?? 1;
    const { messagesPerSecond, eventsPerSecond } = await runClosedLoop(crowd, { ...job, nextEvents, send });
    return { messagesPerSecond, eventsPerSecond };
  },

  /** Appends at a pace, and says how long it took. */
  pace: ({ url, ...pace }: Pace & { url: string }): Promise<Latency> => {
    const { crowd, callers } = sideOf(url);
    return runOpenLoop(crowd, callers, pace);
  },
};

/** What the process answers that makes the load. */
export type LoadAnswers = typeof answers;

answerParent(answers);

function sideOf(url: string): Side {
  const side = sides.get(url);
  if (!side) throw new Error(`no socket is open to ${url}`);
  return side;
}

/** A connection that makes one call again and again. */
interface Connection {
  call(): Promise<unknown>;
  close(): void;
}

async function connectCaller(url: string, body: string): Promise<Connection> {
  const target = new URL(url);
  const caller = new Caller(target);
  const request = composeRequest(target, body);
  return { call: () => caller.call(request), close: () => caller.close() };
}

async function connectPublisher(url: string, body: string): Promise<Connection> {
  const publisher = await Publisher.open(url);
  return { call: () => publisher.call(body), close: () => publisher.close() };
}
