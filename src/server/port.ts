import { once } from "node:events";
import { createServer } from "node:net";

/** Where a node is to listen. */
interface Place {
  host: string;
  port: number;
}

/**
 * Listens for a moment, so that a port that is taken is told at once, and not after a database has been started and migrated.
 * Throws an Error that names PORT or HOST and says what to try.
 */
export async function tryPort({ host, port }: Place): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), "listening");
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, { host, port });
  }
  server.close();
  await once(server, "close");
}

function explained(error: NodeJS.ErrnoException, { host, port }: Place): Error {
  const reason = {
    EADDRINUSE: `PORT: ${port} is taken on ${host}, perhaps by a service that runs already; choose another by PORT or --port (0: any free one)`,
    EACCES: `PORT: this user may not listen on ${port}; choose one from 1024 on by PORT or --port`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine`,
    ENOTFOUND: `HOST: ${host} has no address`,
  }[error.code ?? ""];
  return new Error(reason ?? `HOST, PORT: cannot listen on ${host}, port ${port}: ${error.message}`, {
    cause: error,
  });
}
