import pg from "pg";

/** The code of a server that has no connection left: for anybody, for this role or for this database. */
const noneLeft = "53300";

/** For how long a pool then is content with the connections that it has, in milliseconds. */
const contentMs = 60_000;

type Take = Parameters<typeof pg.Pool.prototype.connect>[0];

/**
 * A pool that is content with fewer connections than it may have where the server has no more: whoever asks waits for one of those that
 * there are. Only where there is none at all it fails as the server says.
 */
export class ContentPool extends pg.Pool {
  readonly #most = this.options.max;
  readonly #onContent: (error: Error) => void;
  #contented: NodeJS.Timeout | undefined;

  /** `onContent` hears that the server has no more, at most once in a minute. */
  constructor(config: pg.PoolConfig, onContent: (error: Error) => void) {
    super(config);
    this.#onContent = onContent;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(take: Take): void;
  override connect(take?: Take): Promise<pg.PoolClient> | void {
    if (!take) {
      return new Promise((resolve, reject) => {
        this.connect((error, client) => (client ? resolve(client) : reject(error)));
      });
    }
    super.connect((error, client, done) => {
      if (isNoneLeft(error) && this.#makeDo(error)) this.connect(take);
      else take(error, client, done);
    });
  }

  /** Asks for no more connections than there are, for a while. False if there is none. */
  #makeDo(error: Error): boolean {
    if (this.totalCount === 0) return false;
    this.options.max = this.totalCount;
    if (!this.#contented) {
      this.#onContent(error);
      this.#contented = setTimeout(() => {
        this.options.max = this.#most;
        this.#contented = undefined;
      }, contentMs).unref();
    }
    return true;
  }
}

function isNoneLeft(error: Error | undefined): error is Error {
  return error !== undefined && "code" in error && error.code === noneLeft;
}
