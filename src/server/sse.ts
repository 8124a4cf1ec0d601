import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Plugin } from "graphql-yoga";
import { AgentRunError } from "../domain/errors.js";
import { type LogFault, presentError } from "../graphql/engine/errors.js";
import { schema } from "../graphql/schema.js";
import type { Caller } from "../graphql/engine/yoga.js";
import { Following } from "../graphql/following/subscribe.js";
import type { Message, Receiver, Source } from "../realtime/audience/message.js";
import type { Rights } from "./rights.js";

/** Node's side of a request, as Yoga's handler is given it. */
export interface NodeRequest {
  req: IncomingMessage;
  res: ServerResponse;
}

/**
 * Answers subscriptions over HTTP as server-sent events, as GraphQL over SSE has it in its distinct connections mode: each
 * batch is an event `next` whose id is the cursor to resume after (by the header Last-Event-ID), the end of the log an event
 * `complete`. A stream that must end before that ends without it, so that its client comes back.
 */
export class EventStreams {
  readonly #options: EventStreamOptions;
  readonly #streams = new Set<EventStream>();
  #closed = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** What makes Yoga answer so. */
  plugin(): Plugin<object, NodeRequest & Caller> {
    return {
      onResultProcess: (hook) => {
        const { request, serverContext } = hook;
        const following: unknown = hook.result;
        if (!(following instanceof Following)) return;
        hook.setResultProcessor((_result, { Response }) => {
          const refuse = (error: unknown, status?: number) => {
            const { message, extensions } = presentError(error, schema, this.#options.logFault);
            const httpStatus = status ?? Number(extensions["httpStatus"]);
            const errors = [{ message, extensions: { ...extensions, httpStatus } }];
            return Response.json({ errors }, { status: httpStatus });
          };
          if (!acceptsEvents(request.headers)) return refuse(notAcceptable, 406);
          try {
            const body = this.#open(following, request.headers, serverContext);
            // Yoga pipes Node's own streams, which its types do not say.
            return new Response(body as unknown as ReadableStream, { headers: streamHeaders });
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

  #open(following: Following, headers: Headers, { req, res }: NodeRequest): Readable {
    const { rights, logFault, commentMs, stalledMs } = this.#options;
    const begin = () => {
      // Not before: Yoga puts it to 0 when it begins to send.
      req.socket.setTimeout(stalledMs);
      res.on("timeout", () => {
        // What waits here is not read: as long as a part of it is taken, the time does not run out.
        if (res.writableLength > 0) res.destroy();
      });
    };
    const stream = new EventStream(following, { commentMs, logFault, begin });
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
    return body;
  }
}

/** What streams of events need. */
export interface EventStreamOptions {
  rights: Rights;
  logFault: LogFault;
  /** How often a stream that has nothing to say sends a comment, in milliseconds. */
  commentMs: number;
  /** How long a client may leave waiting data unread, in milliseconds. */
  stalledMs: number;
}

/** The connection ends with its stream: where the service closes, or the stream was long, none is left idle. */
const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
  connection: "close",
};

const notAcceptable = new AgentRunError(
  "a subscription over HTTP needs the header accept: text/event-stream",
  { code: "BAD_USER_INPUT" },
);

function acceptsEvents(headers: Headers): boolean {
  return /text\/(event-stream|\*)|\*\/\*/i.test(headers.get("accept") ?? "*/*");
}

/** One response. It follows from when its body is first read until the body is destroyed: at its end, or with its client. */
export class EventStream implements Receiver {
  readonly body: Readable;
  readonly #logFault: LogFault;
  #leave: (() => void) | undefined;
  #comments: NodeJS.Timeout | undefined;
  /** True while what is written goes on its way at once. */
  #idle = false;
  #waiting: Source | undefined;

  constructor(following: Following, options: { commentMs: number; logFault: LogFault; begin: () => void }) {
    this.#logFault = options.logFault;
    this.body = new Readable({
      read: () => {
        this.#idle = true;
        try {
          if (!this.#leave) this.#begin(following, options);
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

  #begin(following: Following, options: { commentMs: number; begin: () => void }): void {
    options.begin();
    this.#comments = setInterval(() => this.#comment(), options.commentMs);
    this.#leave = following.start(this);
  }

  take({ cursor, bytes }: Message, source: Source): void {
    this.#waiting = source;
    this.#write(`${cursor === null ? "" : `id: ${cursor}\n`}event: next\ndata: `, bytes, "\n\n");
  }

  end(error?: unknown): void {
    if (error === undefined) this.#write("event: complete\ndata:\n\n");
    else this.#logFault(error, "a stream of events could not go on");
    this.close();
  }

  /** Ends it after what was written. */
  close(): void {
    this.#stop();
    this.body.push(null);
  }

  #stop(): void {
    clearInterval(this.#comments);
    this.#leave?.();
  }

  #comment(): void {
    if (this.#idle) this.#write(":\n\n");
  }

  /** In parts: the bytes of a message are the same for every stream. */
  #write(...parts: (string | Buffer)[]): void {
    this.#idle = false;
    for (const part of parts) this.body.push(part);
  }
}
