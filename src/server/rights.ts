import type { Authenticate } from "../auth/authenticate.js";
import { type Viewer, isByApiKey, viewerKey } from "../auth/viewer.js";
import { AgentRunError } from "../domain/errors.js";

/** The longest time that a Node timer can wait, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

/** How often in the shorter period it is looked for connections whose rights are due. */
const looksPerPeriod = 5;

/** A connection that stays open. */
interface Connection {
  viewer: Viewer;
  end: (reason: string) => void;
}

/** The connections that said the same of their caller, which is verified once for all of them. */
interface Group {
  authorization: string | null;
  /** Whether the caller is known by an API key. */
  isByKey: boolean;
  /** When it was verified last, by a clock that nobody sets: as `performance.now()` counts. */
  checkedAt: number;
  connections: Set<Connection>;
}

/** What {@link Rights} needs. */
export interface RightsOptions {
  authenticate: Authenticate;
  /** How many connections of one viewer this node holds at most. */
  perViewer: number;
  /** How often what a connection said of its caller is verified again, in milliseconds. */
  recheckMs: number;
  /** The same for callers that are known by an API key. */
  keyRecheckMs: number;
  /** Is told why rights could not be checked, once for each look. */
  onFault: (error: unknown) => void;
}

/**
 * The rights of connections that stay open. They end when their token does. What they said of their caller is verified again
 * every `recheckMs` (`keyRecheckMs` for API keys), and who is refused or may do something else now is ended. If that cannot
 * be verified they go on.
 */
export class Rights {
  readonly #options: RightsOptions;
  readonly #groups = new Map<string | null, Group>();
  readonly #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: RightsOptions) {
    this.#options = options;
    const lookMs = Math.min(options.recheckMs, options.keyRecheckMs) / looksPerPeriod;
    this.#timer = setInterval(() => void this.#recheck(), lookMs).unref();
  }

  /**
   * Watches a connection until the function that is given back is called; `end` is called once where it must end. Fails with
   * RATE_LIMITED where the viewer has too many.
   */
  watch(viewer: Viewer, authorization: string | null, end: (reason: string) => void): () => void {
    const who = viewerKey(viewer);
    const count = this.#counts.get(who) ?? 0;
    const { perViewer } = this.#options;
    if (count >= perViewer) {
      throw new AgentRunError(`one viewer may have at most ${perViewer} connections open here`, {
        code: "RATE_LIMITED",
        details: { limit: perViewer },
      });
    }
    this.#counts.set(who, count + 1);
    const connection = { viewer, end };
    const group = this.#groupOf(viewer, authorization);
    group.connections.add(connection);
    const expiry = this.#endAtExpiry(group, connection);
    let isWatched = true;
    return () => {
      clearTimeout(expiry);
      this.#forget(group, connection);
      if (!isWatched) return;
      isWatched = false;
      const left = (this.#counts.get(who) ?? 1) - 1;
      if (left > 0) this.#counts.set(who, left);
      else this.#counts.delete(who);
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #groupOf(viewer: Viewer, authorization: string | null): Group {
    const known = this.#groups.get(authorization);
    if (known) return known;
    const isByKey = isByApiKey(viewer);
    // What was remembered of a key may be older than its revocation: a key that is new here is checked at the next look.
    const checkedAt = isByKey ? -Infinity : performance.now();
    const group = { authorization, isByKey, checkedAt, connections: new Set<Connection>() };
    this.#groups.set(authorization, group);
    return group;
  }

  #forget(group: Group, connection: Connection): void {
    group.connections.delete(connection);
    if (group.connections.size > 0 || this.#groups.get(group.authorization) !== group) return;
    this.#groups.delete(group.authorization);
  }

  #end(group: Group, connection: Connection, reason: string): void {
    if (!group.connections.has(connection)) return;
    this.#forget(group, connection);
    connection.end(reason);
  }

  #endAtExpiry(group: Group, connection: Connection): NodeJS.Timeout | undefined {
    const { expiresAt } = connection.viewer;
    if (expiresAt === null) return undefined;
    const leftMs = Math.max(0, expiresAt * 1000 - Date.now());
    const what = group.isByKey ? "the API key has expired" : "the token has expired";
    // Later than a timer can wait, it is found when the token is verified again.
    return leftMs > maxTimerMs ? undefined : setTimeout(() => this.#end(group, connection, what), leftMs);
  }

  /** Keys are due together: all that are in use here are looked up in one statement. */
  async #recheck(): Promise<void> {
    const now = performance.now();
    const isDue = ({ isByKey, checkedAt }: Group) => {
      const periodMs = isByKey ? this.#options.keyRecheckMs : this.#options.recheckMs;
      return checkedAt <= now - periodMs * (1 - 1 / looksPerPeriod);
    };
    const groups = [...this.#groups.values()];
    const areKeysDue = groups.some((group) => group.isByKey && isDue(group));
    const due = groups.filter((group) => (group.isByKey ? areKeysDue : isDue(group)));
    const faults = await Promise.all(due.map((group) => this.#judge(group, now)));
    const fault = faults.find((each) => each !== undefined);
    if (fault) this.#options.onFault(fault.error);
  }

  /** Gives why the caller could not be verified, or undefined. */
  async #judge(group: Group, now: number): Promise<{ error: unknown } | undefined> {
    group.checkedAt = now;
    let viewer: Viewer | null;
    try {
      viewer = await this.#options.authenticate(group.authorization, { freshKeys: true });
    } catch (error) {
      if (!(error instanceof AgentRunError && error.code === "UNAUTHENTICATED")) return { error };
      viewer = null;
    }
    for (const connection of group.connections) {
      if (viewer === null) this.#end(group, connection, "the token is not valid any more");
      else if (rightsOf(viewer) !== rightsOf(connection.viewer))
        this.#end(group, connection, "the rights have changed");
    }
    return undefined;
  }
}

function rightsOf({ tenantId, readerId, scopes }: Viewer): string {
  return JSON.stringify([tenantId, readerId, ...scopes]);
}
