import { Redis } from "ioredis";
import type { CreateLink } from "./bus.js";

/** How long the server may take to say goodbye, in milliseconds. */
const goodbyeMs = 500;

/**
 * Links by Redis pub/sub: one connection that listens, since Redis lets it do nothing else, and one that publishes. Redis
 * has one set of channels for all its databases: the channel carries the database's number, to keep services apart.
 */
export function createRedisLink(url: string): CreateLink {
  return ({ received, lost }) => {
    const connect = () => {
      const redis = new Redis(url, {
        connectionName: "agentrun-graph",
        lazyConnect: true,
        enableReadyCheck: false,
        enableOfflineQueue: false,
        disableClientInfo: true,
        // A lost link is replaced as a whole.
        retryStrategy: null,
        disconnectTimeout: goodbyeMs,
      });
      // Of an error only the words: ioredis hangs on it the command that failed, which may be AUTH and its password.
      redis.on("error", ({ message }: Error) => lost(new Error(message)));
      redis.on("end", () => lost(new Error("the connection was closed")));
      return redis;
    };
    const listener = connect();
    const publisher = connect();
    const channel = `agentrun_wake:${publisher.options.db}`;
    listener.on("message", (_channel, message) => received(message));

    return {
      async open() {
        await Promise.all([listener.connect(), publisher.connect()]).catch(withoutCommand);
        await listener.subscribe(channel).catch(withoutCommand);
      },
      async send(messages) {
        await Promise.all(messages.map((message) => publisher.publish(channel, message))).catch(
          withoutCommand,
        );
      },
      async close() {
        await Promise.all([end(listener), end(publisher)]);
      },
    };
  };
}

function withoutCommand(error: Error): never {
  throw new Error(error.message);
}

async function end(redis: Redis): Promise<void> {
  if (redis.status === "end") return;
  await new Promise((resolve) => {
    redis.once("end", resolve);
    redis.disconnect();
  });
}
