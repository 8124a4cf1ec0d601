import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { Transform } from "node:stream";

/** Stands before a server, and can fail as a network does. */
export interface TcpProxy {
  /** The server's URL with this proxy's address. */
  url: string;
  /** Ends every connection, and each new one at once. */
  cut(): void;
  /** Keeps connections open and takes new ones, but carries nothing more. */
  freeze(): void;
  /** Carries new connections again. */
  restore(): void;
}

/** Opens a proxy on a free port before the server that a URL names; `await using` closes it. */
export async function openProxy(
  target: string,
  /** How fast what the server sends is read. Default: as it comes. */
  options: { bytesPerSecond?: number } = {},
): Promise<TcpProxy & AsyncDisposable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let state: "open" | "cut" | "frozen" = "open";
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (state === "cut") {
      client.destroy();
      return;
    }
    keep(client);
    if (state === "frozen") return;
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    keep(upstream);
    client.pipe(upstream);
    (options.bytesPerSecond ? upstream.pipe(slowDown(options.bytesPerSecond)) : upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = `${(server.address() as AddressInfo).port}`;

  return {
    url: url.href,
    cut() {
      state = "cut";
      end();
    },
    freeze() {
      state = "frozen";
      for (const socket of sockets) socket.unpipe().pause();
    },
    restore() {
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      end();
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
