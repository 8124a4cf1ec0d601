import type { Authenticate } from "../auth/authenticate.js";
import type { Viewer } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";

/** The longest time that a Node timer can wait, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** How often in each period it is looked for connections whose rights are due. */
const looksPerPeriod = 5;

/** A connection that stays open. */
interface Connection {
  viewer: Viewer;
  authorization: string | null;
  checkedAt: number;
  end: (reason: string) => void;
}

/**
 * The rights of connections that stay open. They end when their token does; every `recheckMs` what they said of their caller
 * is verified again, and who is refused or may do something else now is ended. Where the keys cannot be had they go on.
 */
export class Rights {
  readonly #authenticate: Authenticate;
  readonly #recheckMs: number;
  readonly #perViewer: number;
  readonly #onFault: (error: unknown) => void;
  readonly #connections = new Set<Connection>();
  readonly #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: {
    authenticate: Authenticate;
    /** How many connections of one viewer this node holds at most. */
    perViewer: number;
    recheckMs: number;
    onFault: (error: unknown) => void;
  }) {
    this.#authenticate = options.authenticate;
    this.#recheckMs = options.recheckMs;
    this.#perViewer = options.perViewer;
    this.#onFault = options.onFault;
    this.#timer = setInterval(() => void this.#recheck(), options.recheckMs / looksPerPeriod).unref();
  }

  /**
   * Watches a connection until the function that is given back is called; `end` is called once where it must end. Fails with
   * RATE_LIMITED where the viewer has too many.
   */
  watch(viewer: Viewer, authorization: string | null, end: (reason: string) => void): () => void {
    const who = identityOf(viewer);
    const count = this.#counts.get(who) ?? 0;
    if (count >= this.#perViewer) {
      throw new AgentRunError(`one viewer may have at most ${this.#perViewer} connections open here`, {
        code: "RATE_LIMITED",
        details: { limit: this.#perViewer },
      });
    }
    this.#counts.set(who, count + 1);
    const connection = { viewer, authorization, checkedAt: Date.now(), end };
    this.#connections.add(connection);
    const expiry = this.#endAtExpiry(connection);
    return () => {
      clearTimeout(expiry);
      if (!this.#connections.delete(connection)) return;
      const left = (this.#counts.get(who) ?? 1) - 1;
      if (left > 0) this.#counts.set(who, left);
      else this.#counts.delete(who);
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #endAtExpiry({ viewer: { expiresAt }, end }: Connection): NodeJS.Timeout | undefined {
    if (expiresAt === null) return undefined;
    const leftMs = Math.max(0, expiresAt * 1000 - Date.now());
    // Later than a timer can wait, it is found when the token is verified again.
    return leftMs > maxTimerMs ? undefined : setTimeout(() => end("the token has expired"), leftMs);
  }

  /** Connections of one token are verified once. */
  async #recheck(): Promise<void> {
    const due = Date.now() - this.#recheckMs * (1 - 1 / looksPerPeriod);
    const byToken = new Map<string | null, Connection[]>();
    for (const connection of this.#connections) {
      if (connection.checkedAt > due) continue;
      connection.checkedAt = Date.now();
      const { authorization } = connection;
      byToken.set(authorization, [...(byToken.get(authorization) ?? []), connection]);
    }
    await Promise.all(
      [...byToken].map(([authorization, connections]) => this.#judge(authorization, connections)),
    );
  }

  async #judge(authorization: string | null, connections: Connection[]): Promise<void> {
    const viewer = await this.#verify(authorization);
    if (viewer === "unknown") return;
    for (const connection of connections) {
      if (viewer === null) connection.end("the token is not valid any more");
      else if (rightsOf(viewer) !== rightsOf(connection.viewer)) connection.end("the rights have changed");
    }
  }

  async #verify(authorization: string | null): Promise<Viewer | null | "unknown"> {
    try {
      return await this.#authenticate(authorization, { freshKeys: true });
    } catch (error) {
      if (error instanceof AgentRunError && error.code === "UNAUTHENTICATED") return null;
      this.#onFault(error);
      return "unknown";
    }
  }
}

function identityOf({ tenantId, readerId }: Viewer): string {
  return JSON.stringify([tenantId, readerId]);
}

function rightsOf({ tenantId, readerId, scopes }: Viewer): string {
  return JSON.stringify([tenantId, readerId, ...scopes]);
}
