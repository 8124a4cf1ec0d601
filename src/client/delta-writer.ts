import type { SendDeltaMutationVariables } from "../generated/client/graphql.js";
import { sendDeltaDocument } from "./follow-documents.js";
import { GraphRequestError, hasCode } from "./graph-request-error.js";
import { Failures } from "./retry.js";
import type { GraphClient } from "./transport.js";
import { wait } from "./wait.js";

/** Names the stream that is written, and the lease by which the run is held. */
export type DeltaTarget = Omit<SendDeltaMutationVariables["input"], "offset" | "text">;

/** How a stream of deltas is written. */
export interface WriteDeltasOptions {
  /** Told once of the error after which nothing more is sent: what is shown stays behind, and the event is the whole. */
  onGiveUp?: (error: GraphRequestError) => void;
}

/** Shows a text while it is being made. */
export interface DeltaWriter {
  /** Adds to the text; returns at once. What comes while a request is under way goes out together with the next. */
  write(text: string): void;
  /** Sends nothing more, and waits for the request that is under way: then the event with the same `streamId` may be appended. */
  end(): Promise<void>;
}

/** The most of a text that is shown, in bytes of UTF-8: the service takes no more of a stream. */
const maxBytes = 65_536;

/**
 * Writes one stream. Where the service does not know how far it is, after a crash of its database say, it sends all of it
 * anew; a failure that may pass is tried again. It never throws: what is shown is for eyes, and the event alone counts.
 */
export function createDeltaWriter(
  client: GraphClient,
  target: DeltaTarget,
  { onGiveUp }: WriteDeltasOptions = {},
): DeltaWriter {
  let text = "";
  let bytes = 0;
  /** How much of the text was sent, in UTF-16 units and in code points. */
  let sent = { units: 0, points: 0 };
  let isOver = false;
  let underWay: Promise<void> | undefined;
  const failures = new Failures();
  const stop = new AbortController();

  const send = async (): Promise<void> => {
    const rest = whole(text.slice(sent.units));
    const next = { units: sent.units + rest.length, points: sent.points + [...rest].length };
    try {
      await client.request(sendDeltaDocument, { input: { ...target, offset: sent.points, text: rest } });
      failures.clear();
      sent = next;
    } catch (error) {
      if (!(error instanceof GraphRequestError)) throw error;
      const isElsewhere = hasCode(error, "CONFLICT") && sent.points > 0;
      if (isElsewhere) {
        // Its answer may be what was lost.
        sent = lengthIn(error) === next.points ? next : { units: 0, points: 0 };
        return;
      }
      const waitMs = failures.add(error);
      if (waitMs === undefined) {
        isOver = true;
        onGiveUp?.(error);
      } else await wait(waitMs, stop.signal);
    }
  };
  const sendAll = async (): Promise<void> => {
    while (!isOver && whole(text.slice(sent.units)) !== "") await send();
    underWay = undefined;
  };

  return {
    write(more) {
      bytes += new TextEncoder().encode(more).length;
      if (isOver || bytes > maxBytes) return;
      text += more;
      underWay ??= sendAll();
    },
    async end() {
      isOver = true;
      stop.abort();
      await underWay;
    },
  };
}

/** Without a surrogate at the end whose second half has not come. */
function whole(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

function lengthIn({ details }: GraphRequestError): unknown {
  return typeof details === "object" && details !== null && "length" in details ? details.length : undefined;
}
