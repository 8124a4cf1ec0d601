import { type Viewer, viewerKey } from "../../auth/viewer.js";
import { AgentRunError, unavailable } from "../../domain/errors.js";

/** How many bytes of requests one viewer and one node may have under way, from when they are read until they are answered. */
const viewerBytes = 32 * 1024 * 1024;
const nodeBytes = 128 * 1024 * 1024;

/** What a request counts beside its text: what it makes until it is answered. */
const requestBytes = 8_192;

/** What a request takes of what may be under way, until it is released. */
export interface Hold {
  /** Makes it so many bytes of text. Throws as {@link Load.hold} does; then it stays as it was. */
  resize(bytes: number): void;
  /** Gives all of it back; the second time it does nothing. */
  release(): void;
}

/** The requests that a node has under way. It takes no more than it can hold while the database makes them wait. */
export class Load {
  #bytes = 0;
  readonly #byViewer = new Map<string, number>();

  /** How many bytes are under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of how many viewers. */
  get viewers(): number {
    return this.#byViewer.size;
  }

  /** Takes what a request of so many bytes of text needs. Throws RATE_LIMITED where it is too much for the viewer, UNAVAILABLE where it is for the node. */
  hold(viewer: Viewer, bytes: number): Hold {
    const key = viewerKey(viewer);
    let held = 0;
    let released = false;
    const resize = (size: number): void => {
      if (released) return;
      this.#add(key, size - held);
      held = size;
    };
    resize(requestBytes + bytes);
    return {
      resize: (size) => resize(requestBytes + size),
      release: () => {
        resize(0);
        released = true;
      },
    };
  }

  #add(key: string, bytes: number): void {
    const ofViewer = (this.#byViewer.get(key) ?? 0) + bytes;
    if (bytes > 0 && ofViewer > viewerBytes) {
      throw new AgentRunError(
        `this caller has requests of more than ${viewerBytes} bytes under way; it may go on once some are answered`,
        { code: "RATE_LIMITED", details: { limit: viewerBytes, retryAfterSeconds: 1 } },
      );
    }
    if (bytes > 0 && this.#bytes + bytes > nodeBytes) {
      throw unavailable("this node has more under way than it can hold: ask another, or try again");
    }
    this.#bytes += bytes;
    if (ofViewer === 0) this.#byViewer.delete(key);
    else this.#byViewer.set(key, ofViewer);
  }
}
