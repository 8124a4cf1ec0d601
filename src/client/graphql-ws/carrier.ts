import { type Client, type ClientOptions, createClient } from "graphql-ws/client";
import { backOffMs } from "../retry.js";
import { wait } from "../wait.js";

/** One socket after the other, by a client of graphql-ws that gives none of them up. */
export interface Carrier {
  readonly client: Client;
  /** Whether a refused token is asked for once more. All that were on the socket that was refused are told the same. */
  mayAskAgain(error: unknown): boolean;
  dispose(): Promise<void>;
}

/** Creates one, which opens sockets until it is told to stop. `keepAlive` is in milliseconds. */
export function createCarrier(options: ClientOptions & { keepAlive: number }, stop: AbortSignal): Carrier {
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let isRefused = false;
  let refusal: { error: unknown; mayAsk: boolean } | undefined;
  const client = createClient({
    connectionAckWaitTimeout: 30_000,
    ...options,
    retryAttempts: Infinity,
    shouldRetry: () => !stop.aborted,
    retryWait: (retries) => wait(backOffMs(retries), stop),
  });
  client.on("connected", () => (isRefused = false));
  client.on("ping", (isReceived) => {
    if (!isReceived) deadline = setTimeout(() => client.terminate(), options.keepAlive);
  });
  for (const heard of ["pong", "closed"] as const) client.on(heard, () => clearTimeout(deadline));
  return {
    client,
    mayAskAgain(error) {
      const { code } = (error ?? {}) as { code?: unknown };
      if (code !== 4401 && code !== 4403) return false;
      if (refusal && refusal.error === error) return refusal.mayAsk;
      const mayAsk = typeof options.connectionParams === "function" && !isRefused;
      isRefused = true;
      refusal = { error, mayAsk };
      return mayAsk;
    },
    async dispose() {
      clearTimeout(deadline);
      await client.dispose();
    },
  };
}
