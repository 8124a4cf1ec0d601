import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { Transform } from "node:stream";

/** Stands before servers, and can fail as a network does. */
export interface TcpProxy {
  /** The first server's URL with this proxy's address. */
  url: string;
  /** Ends every connection, and each new one at once. */
  cut(): void;
  /** Keeps connections open and takes new ones, but carries nothing more. */
  freeze(): void;
  /** Swallows all that comes over the connections that there are, until one side gives up. New ones are carried. */
  swallow(): void;
  /** Carries nothing more that servers say over the connections that there are, and all that clients do. */
  mute(): void;
  /** Carries half of what the server of each connection says next, then nothing more over it. New ones are carried. */
  freezeHalfWay(): void;
  /** Carries on where it froze half-way. */
  thaw(): void;
  /** Carries new connections again. */
  restore(): void;
}

interface Connection {
  client: Socket;
  upstream: Socket | undefined;
  /** What is to come first once it is carried on; undefined where it did not freeze half-way. */
  rest: Buffer | undefined;
}

/** The address of a database by its port, where it has one by a Unix socket too. */
export function overTcp(databaseUrl: string): URL {
  const url = new URL(databaseUrl);
  url.searchParams.delete("host");
  return url;
}

/**
 * Opens a proxy on a free port before the servers that the URLs name; `await using` closes it. Connections go to each
 * server in turn, past those that take none.
 */
export async function openProxy(
  target: string | readonly [string, ...string[]],
  /** How fast what the server sends is read. Default: as it comes. */
  options: { bytesPerSecond?: number } = {},
): Promise<TcpProxy & AsyncDisposable> {
  const targets = typeof target === "string" ? ([target] as const) : target;
  const connections = new Set<Connection>();
  let state: "open" | "cut" | "frozen" = "open";
  let turn = 0;
  const freeze = ({ client, upstream }: Connection) => {
    for (const socket of [client, upstream]) socket?.unpipe().pause();
  };
  const end = ({ client, upstream }: Connection) => {
    client.destroy();
    upstream?.destroy();
  };
  const carry = (connection: Connection, place: number, tries = targets.length) => {
    const { client } = connection;
    const { hostname, port } = new URL(targets[place % targets.length] ?? targets[0]);
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    connection.upstream = upstream;
    let isTaken = false;
    upstream.on("error", () => {});
    upstream.on("connect", () => {
      isTaken = true;
      const { bytesPerSecond } = options;
      client.pipe(upstream);
      (bytesPerSecond ? upstream.pipe(slowDown(bytesPerSecond)) : upstream).pipe(client);
    });
    upstream.on("close", () => {
      if (!isTaken && tries > 1 && !client.destroyed) carry(connection, place + 1, tries - 1);
      else client.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => {});
    if (state === "cut") {
      client.destroy();
      return;
    }
    const connection: Connection = { client, upstream: undefined, rest: undefined };
    connections.add(connection);
    client.on("close", () => {
      connections.delete(connection);
      connection.upstream?.destroy();
    });
    if (state === "open") carry(connection, turn++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = overTcp(targets[0]);
  url.hostname = "127.0.0.1";
  url.port = `${(server.address() as AddressInfo).port}`;

  return {
    url: url.href,
    cut() {
      state = "cut";
      for (const connection of connections) end(connection);
    },
    freeze() {
      state = "frozen";
      for (const connection of connections) freeze(connection);
    },
    swallow() {
      for (const connection of connections) {
        for (const socket of [connection.client, connection.upstream]) {
          socket?.unpipe().resume();
          socket?.once("end", () => end(connection));
        }
      }
    },
    mute() {
      for (const { upstream } of connections) upstream?.unpipe().resume();
    },
    freezeHalfWay() {
      for (const connection of connections) {
        const { client, upstream, rest } = connection;
        if (rest) continue;
        const stop = (chunk: Buffer) => {
          client.write(chunk.subarray(0, chunk.length / 2));
          connection.rest = chunk.subarray(chunk.length / 2);
          freeze(connection);
        };
        upstream?.unpipe().once("data", stop).resume();
      }
    },
    thaw() {
      for (const connection of connections) {
        const { client, upstream, rest } = connection;
        if (!rest || !upstream) continue;
        client.write(rest);
        client.pipe(upstream).pipe(client);
        connection.rest = undefined;
      }
    },
    restore() {
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) end(connection);
      server.close();
      await once(server, "close");
    },
  };
}

function slowDown(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => done(null, chunk), (chunk.length / bytesPerSecond) * 1_000);
    },
  });
}
