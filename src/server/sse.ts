import { Readable } from "node:stream";
import type { Plugin } from "graphql-yoga";
import { AgentRunError } from "../domain/errors.js";
import { type LogFault, presentError } from "../graphql/engine/errors.js";
import type { YogaRequest } from "../graphql/engine/yoga.js";
import { Following } from "../graphql/following/subscribe.js";
import type { Message, Receiver, Source } from "../realtime/audience/message.js";
import type { Rights } from "./rights.js";

/**
 * Answers subscriptions over HTTP as server-sent events, as GraphQL over SSE has it in its distinct connections mode: each
 * batch is an event `next` whose id is the cursor to resume after (by the header Last-Event-ID), the end of the log an event
 * `complete`. A stream that must end before that ends without it, so that its client comes back. Browsers' EventSource does not
 * know `complete` and comes back too, with Last-Event-ID: it is answered 204 once nothing is left, which it takes for the end.
 */
export class EventStreams {
  readonly #options: EventStreamOptions;
  readonly #streams = new Set<EventStream>();
  #closed = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** What makes Yoga answer so. */
  plugin(): Plugin<object, YogaRequest> {
    return {
      onResultProcess: (hook) => {
        const { request, serverContext } = hook;
        const following: unknown = hook.result;
        if (!(following instanceof Following)) return;
        hook.setResultProcessor(async (_result, { Response }) => {
          const refuse = (error: unknown, status?: number) => {
            const { message, extensions } = presentError(error, null, this.#options.logFault);
            const httpStatus = status ?? Number(extensions["httpStatus"]);
            const errors = [{ message, extensions: { ...extensions, httpStatus } }];
            return Response.json({ errors }, { status: httpStatus });
          };
          if (!acceptsEvents(request.headers)) return refuse(notAcceptable, 406);
          try {
            const stream = this.#open(following, request.headers, serverContext);
            if (request.headers.get("last-event-id") && (await stream.hasNothingLeft())) {
              stream.body.destroy();
              return new Response(null, { status: 204, headers: endedHeaders });
            }
            // Yoga pipes Node's own streams, which its types do not say.
            return new Response(stream.body as unknown as ReadableStream, { headers: streamHeaders });
          } catch (error) {
            return refuse(error);
          }
        }, "text/event-stream");
      },
    };
  }

  /** Ends all streams, so that their clients go elsewhere; those that open after it end at once. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.close();
  }

  #open(following: Following, headers: Headers, { res }: YogaRequest): EventStream {
    const { rights, logFault, commentMs } = this.#options;
    const stream = new EventStream(following, { commentMs, logFault });
    const { body } = stream;
    const unwatch = rights.watch(following.viewer, headers.get("authorization"), () => stream.close());
    this.#streams.add(stream);
    body.once("close", () => {
      this.#streams.delete(stream);
      unwatch();
    });
    if (res.closed) body.destroy();
    else res.once("close", () => body.destroy());
    if (this.#closed) stream.close();
    return stream;
  }
}

/** What streams of events need. */
export interface EventStreamOptions {
  rights: Rights;
  logFault: LogFault;
  /** How often a stream that has nothing to say sends a comment, in milliseconds. */
  commentMs: number;
}

/** The connection ends with its stream: where the service closes, or the stream was long, none is left idle. */
const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
  connection: "close",
};

const endedHeaders = { "cache-control": "no-cache" };

const notAcceptable = new AgentRunError(
  "a subscription over HTTP needs the header accept: text/event-stream",
  { code: "BAD_USER_INPUT" },
);

function acceptsEvents(headers: Headers): boolean {
  return /text\/(event-stream|\*)|\*\/\*/i.test(headers.get("accept") ?? "*/*");
}

/**
 * One response. It follows from when its body is first read, or it is asked whether anything is left, until the body is
 * destroyed: at its end, or with its client. What comes before the body is read is held.
 */
export class EventStream implements Receiver {
  readonly body: Readable;
  readonly #following: Following;
  readonly #logFault: LogFault;
  #leave: (() => void) | undefined;
  #comments: NodeJS.Timeout | undefined;
  /** What is to be written once the body is read, null for its end; undefined from then on. */
  #held: (string | Buffer | null)[] | undefined = [];
  /** True while what is written goes on its way at once. */
  #idle = false;
  #waiting: Source | undefined;
  /** True while all that came is that the log has no more. */
  #isEmpty = true;
  #hasCompleted = false;
  #onWord: (() => void) | undefined;
  /** True once nothing more is to be written. */
  #isOver = false;

  constructor(following: Following, options: { commentMs: number; logFault: LogFault }) {
    this.#following = following;
    this.#logFault = options.logFault;
    this.body = new Readable({
      read: () => {
        this.#idle = true;
        try {
          if (this.#held) this.#open(options);
          const waiting = this.#waiting;
          this.#waiting = undefined;
          waiting?.taken();
        } catch (error) {
          this.end(error);
        }
      },
      destroy: (error, done) => {
        this.#stop();
        done(error);
      },
    });
    // An error that nobody hears ends the process.
    this.body.on("error", (error) => this.#logFault(error, "a stream of events broke"));
  }

  /** Begins to follow, and says after the first word whether the log has ended with nothing that was not sent before. */
  async hasNothingLeft(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      // The last message and the end are told in one go.
      this.#onWord = () => queueMicrotask(resolve);
      if (this.#isOver) resolve();
      try {
        this.#follow();
      } catch (error) {
        this.end(error);
      }
    });
    return this.#isEmpty && this.#hasCompleted;
  }

  #open(options: { commentMs: number }): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (!this.#isOver) this.#comments = setInterval(() => this.#comment(), options.commentMs);
    this.#write(...held);
    this.#follow();
  }

  #follow(): void {
    if (!this.#isOver) this.#leave ??= this.#following.start(this);
  }

  take({ cursor, bytes, isEmpty }: Message, source: Source): void {
    this.#waiting = source;
    this.#isEmpty &&= isEmpty;
    this.#write(`${cursor === null ? "" : `id: ${cursor}\n`}event: next\ndata: `, bytes, "\n\n");
    this.#onWord?.();
  }

  end(error?: unknown): void {
    this.#hasCompleted = error === undefined;
    if (error === undefined) this.#write("event: complete\ndata:\n\n");
    else this.#logFault(error, "a stream of events could not go on");
    this.close();
  }

  /** Ends it after what was written. */
  close(): void {
    this.#stop();
    this.#write(null);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#comments);
    this.#leave?.();
    this.#onWord?.();
  }

  #comment(): void {
    if (this.#idle) this.#write(":\n\n");
  }

  /** In parts: the bytes of a message are the same for every stream. */
  #write(...parts: (string | Buffer | null)[]): void {
    if (this.#held) {
      this.#held.push(...parts);
      return;
    }
    this.#idle &&= parts.length === 0;
    for (const part of parts) this.body.push(part);
  }
}
