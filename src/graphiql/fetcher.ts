import type { Browser, Operation, Result, Sink } from "./browser.js";
import type { readOperations } from "./operations.js";

type Headers = Record<string, string>;

/** The functions that run GraphiQL's operations. */
export interface Fetcher {
  /** Runs an operation over HTTP, with the headers of the headers editor. */
  post<Data>(operation: Operation, headers?: Headers): Promise<Result<Data>>;
  /**
   * Follows a subscription over a WebSocket of its own. It sends the headers editor's `authorization` in
   * connection_init.
   */
  follow(operation: Operation, headers?: Headers): { subscribe(sink: Sink): { unsubscribe(): void } };
  /**
   * Runs any operation, and is what GraphiQL calls: it calls `follow` for a subscription, else `post`. A document with
   * one operation is run whatever name GraphiQL gives, which may still be that of the tab before.
   */
  fetch(
    operation: Operation,
    options?: { headers?: Headers },
  ): Promise<Result> | ReturnType<Fetcher["follow"]>;
}

/**
 * Makes the page's fetcher; it runs in the browser. It replaces GraphiQL's own, which never sends the headers
 * editor's token over WebSocket. A socket that closes early ends its subscription with an error that gives the close
 * code and reason.
 */
export function createFetcher(
  { location, fetch, WebSocket }: Pick<Browser, "location" | "fetch" | "WebSocket">,
  read: typeof readOperations,
): Fetcher {
  const post = async <Data>(operation: Operation, headers: Headers = {}): Promise<Result<Data>> => {
    // Not the page's own address: after a POST to that, browsers throw away the page that they have cached.
    const response = await fetch(new URL(`${location.pathname}?graphiql`, location.href), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(operation),
    });
    return (await response.json()) as Result<Data>;
  };

  const follow = (operation: Operation, headers: Headers = {}) => ({
    subscribe(sink: Sink) {
      const key = Object.keys(headers).find((name) => name.toLowerCase() === "authorization");
      const url = new URL(location.pathname, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      const socket = new WebSocket(url.href, "graphql-transport-ws");
      const send = (message: object) => socket.send(JSON.stringify(message));
      let over = false;
      const end = (tell: () => void) => {
        if (over) return;
        over = true;
        socket.close(1000);
        tell();
      };

      socket.onopen = () =>
        send({ type: "connection_init", payload: key === undefined ? {} : { authorization: headers[key] } });
      socket.onclose = ({ code, reason }) =>
        end(() => sink.error(new Error(`the socket closed with ${code}${reason ? `: ${reason}` : ""}`)));
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (over) return;
        if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: operation });
        if (message.type === "ping") send({ type: "pong" });
        if (message.type === "next") sink.next(message.payload);
        if (message.type === "error") sink.next({ errors: message.payload });
        if (message.type === "error" || message.type === "complete") end(() => sink.complete());
      };
      return { unsubscribe: () => end(() => {}) };
    },
  });

  return {
    post,
    follow,
    fetch(operation, { headers } = {}) {
      const operations = read(operation.query);
      const named = operations.find(({ name }) => name !== undefined && name === operation.operationName);
      const meant = named ?? (operations.length === 1 ? operations[0] : undefined);
      const chosen = meant ? { ...operation, operationName: meant.name ?? null } : operation;
      return meant?.kind === "subscription" ? follow(chosen, headers) : post(chosen, headers);
    },
  };
}
