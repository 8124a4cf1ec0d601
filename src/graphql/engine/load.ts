import { type Viewer, viewerKey } from "../../auth/viewer.js";
import { AgentRunError, unavailable } from "../../domain/errors.js";

const mebibyte = 1024 * 1024;

/** How many bytes one viewer and one node may have of requests under way, and of answers that are not sent. */
const requestBounds = { what: "requests", viewer: 32 * mebibyte, node: 128 * mebibyte };
const answerBounds = { what: "answers", viewer: 64 * mebibyte, node: 256 * mebibyte };

/** What a request counts beside its text, and its answer: what it makes until it is answered. */
const requestBytes = 8_192;

/** What a request takes of what may be under way, until it is released. */
export interface Hold {
  /** Makes it so many bytes of text. Throws as {@link Load.hold} does; then it stays as it was. */
  resize(bytes: number): void;
  /**
   * Has its answer of so many bytes count in its place. Throws as {@link Load.hold} does where there is no room, but never where the
   * answer tells of what was done.
   */
  answer(bytes: number, tellsWhatWasDone: boolean): void;
  /** Gives all of it back; the second time it does nothing. */
  release(): void;
}

/**
 * The requests that a node has under way, and the answers that it has not sent. It takes no more than it can hold while the
 * database makes requests wait, or clients read slowly.
 */
export class Load {
  readonly #requests = new Account(requestBounds);
  readonly #answers = new Account(answerBounds);

  /** How many bytes are under way. */
  get bytes(): number {
    return this.#requests.bytes + this.#answers.bytes;
  }

  /** Of how many viewers. */
  get viewers(): number {
    return Math.max(this.#requests.viewers, this.#answers.viewers);
  }

  /** Takes what a request of so many bytes of text needs. Throws RATE_LIMITED where it is too much for the viewer, UNAVAILABLE where it is for the node. */
  hold(viewer: Viewer, bytes: number): Hold {
    const key = viewerKey(viewer);
    let account = this.#requests;
    let held = requestBytes + bytes;
    let released = false;
    account.add(key, held);
    const take = (size: number): void => {
      if (released || size === held) return;
      account.add(key, size - held);
      held = size;
    };
    return {
      resize: (size) => take(requestBytes + size),
      answer: (size, tellsWhatWasDone) => {
        if (released) return;
        if (size <= requestBytes) {
          take(requestBytes);
          return;
        }
        this.#answers.add(key, size, tellsWhatWasDone);
        account.add(key, -held);
        account = this.#answers;
        held = size;
      },
      release: () => {
        take(0);
        released = true;
      },
    };
  }
}

/** Bytes of one kind, by whose they are. */
class Account {
  bytes = 0;
  readonly #bounds: typeof requestBounds;
  readonly #byViewer = new Map<string, number>();

  constructor(bounds: typeof requestBounds) {
    this.#bounds = bounds;
  }

  get viewers(): number {
    return this.#byViewer.size;
  }

  /** Adds bytes. More than the bounds allow are refused, unless they must be taken. */
  add(key: string, bytes: number, must = false): void {
    const ofViewer = (this.#byViewer.get(key) ?? 0) + bytes;
    const { what, viewer, node } = this.#bounds;
    if (bytes > 0 && !must && ofViewer > viewer) {
      throw new AgentRunError(
        `this caller has ${what} of more than ${viewer} bytes under way; it may go on once some are answered and read`,
        { code: "RATE_LIMITED", details: { limit: viewer, retryAfterSeconds: 1 } },
      );
    }
    if (bytes > 0 && !must && this.bytes + bytes > node) {
      throw unavailable("this node has more under way than it can hold: ask another, or try again");
    }
    this.bytes += bytes;
    if (ofViewer === 0) this.#byViewer.delete(key);
    else this.#byViewer.set(key, ofViewer);
  }
}
