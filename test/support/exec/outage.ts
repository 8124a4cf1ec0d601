import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { cliPath } from "./process.js";

/** A service in a process of its own, which can be killed and started again at the same URL. */
export interface ServiceProcess {
  url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts `serve` on a database, on a free port that stays its own. */
export async function startServiceProcess(databaseUrl: string): Promise<ServiceProcess> {
  const port = await findPort();
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  const start = async () => {
    const env = { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), LOG_LEVEL: "silent" };
    child = spawn(process.execPath, [cliPath, "serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout! });
    for await (const line of lines) if (line.includes("is ready")) return;
    throw new Error("the service did not start");
  };
  onTestFinished(kill);
  await start();
  return { url: `http://127.0.0.1:${port}/graphql`, kill, start };
}

/** A proxy before a service; while `isCutting` says so it lets a request be done and cuts the answer. */
export async function startCuttingProxy(
  target: string,
  isCutting: (operation: string) => boolean,
): Promise<{ url: string; cuts: () => number }> {
  let cuts = 0;
  const server: Server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray());
    const answer = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
    });
    const text = await answer.text();
    if (isCutting(/mutation (\w+)/.exec(body.toString())?.[1] ?? "")) {
      cuts += 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, cuts: () => cuts };
}

/** A port that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
