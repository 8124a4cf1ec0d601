import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "graphql-yoga";
import { AgentRunError } from "../domain/errors.js";
import { type LogFault, presentError } from "../graphql/errors.js";
import { schema } from "../graphql/schema.js";
import { Following } from "../graphql/subscribe.js";
import type { Message, Receiver } from "../realtime/audience.js";
import type { Rights } from "./rights.js";

/** How often a stream that has nothing to say sends a comment, in milliseconds. */
const commentMs = 12_000;

/** Node's side of a request, as Yoga's handler is given it. */
export interface NodeRequest {
  req: IncomingMessage;
  res: ServerResponse;
}

/**
 * Answers subscriptions over HTTP as server-sent events: each batch is an event `next` whose id is the cursor to resume after
 * (by the header Last-Event-ID), the end of the log an event `complete`. A stream that must end before that ends without it.
 */
export class EventStreams {
  readonly #rights: Rights;
  readonly #logFault: LogFault;
  readonly #stalledMs: number;
  readonly #streams = new Set<EventStream>();

  constructor(options: {
    rights: Rights;
    logFault: LogFault;
    /** How long a client may leave waiting data unread, in milliseconds. */
    stalledMs: number;
  }) {
    this.#rights = options.rights;
    this.#logFault = options.logFault;
    this.#stalledMs = options.stalledMs;
  }

  /** What makes Yoga answer so. */
  plugin(): Plugin<object, NodeRequest> {
    return {
      onResultProcess: (hook) => {
        const { request, serverContext } = hook;
        const following: unknown = hook.result;
        if (!(following instanceof Following)) return;
        hook.setResultProcessor((_result, { Response }) => {
          try {
            const stream = this.#open(following, request.headers, serverContext);
            return new Response(stream, {
              headers: {
                "content-type": "text/event-stream; charset=utf-8",
                "cache-control": "no-cache",
                "x-accel-buffering": "no",
              },
            });
          } catch (error) {
            const { message, extensions } = presentError(error, schema, this.#logFault);
            return Response.json(
              { errors: [{ message, extensions }] },
              { status: Number(extensions["httpStatus"]) },
            );
          }
        }, "text/event-stream");
      },
    };
  }

  /** Ends all streams, so that their clients go elsewhere. */
  close(): void {
    for (const stream of this.#streams) stream.close();
  }

  #open(following: Following, headers: Headers, { req, res }: NodeRequest): ReadableStream<Uint8Array> {
    if (!/text\/(event-stream|\*)|\*\/\*/.test(headers.get("accept") ?? "*/*")) {
      throw new AgentRunError("a subscription over HTTP needs the header accept: text/event-stream", {
        code: "BAD_USER_INPUT",
      });
    }
    const stream = new EventStream(following);
    const unwatch = this.#rights.watch(following.viewer, headers.get("authorization"), () => stream.close());
    this.#streams.add(stream);
    // While it is read, comments keep it from running out; then Node ends the connection.
    req.socket.setTimeout(this.#stalledMs);
    res.once("close", () => {
      req.socket.setTimeout(0);
      this.#streams.delete(stream);
      unwatch();
      stream.close();
    });
    return stream.body;
  }
}

/** One response. */
class EventStream implements Receiver {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #taken: (() => void) | undefined;
  #leave: (() => void) | undefined;
  #comments: NodeJS.Timeout | undefined;

  constructor(following: Following) {
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        // Some browsers show nothing of a response before its first bytes.
        this.#write(":\n\n");
        this.#comments = setInterval(() => this.#comment(), commentMs);
        this.#leave = following.start(this);
      },
      pull: () => {
        const taken = this.#taken;
        this.#taken = undefined;
        taken?.();
      },
      cancel: () => this.close(),
    });
  }

  take({ cursor, bytes }: Message, taken: () => void): void {
    const head = `${cursor === null ? "" : `id: ${cursor}\n`}event: next\ndata: `;
    this.#taken = taken;
    this.#controller?.enqueue(Buffer.concat([Buffer.from(head), bytes, Buffer.from("\n\n")]));
  }

  end(error?: unknown): void {
    if (error === undefined) this.#write("event: complete\ndata:\n\n");
    this.close();
  }

  /** Ends it after what was written. */
  close(): void {
    clearInterval(this.#comments);
    this.#leave?.();
    this.#controller?.close();
    this.#controller = undefined;
  }

  #comment(): void {
    if ((this.#controller?.desiredSize ?? 0) > 0) this.#write(":\n\n");
  }

  #write(text: string): void {
    this.#controller?.enqueue(Buffer.from(text));
  }
}
