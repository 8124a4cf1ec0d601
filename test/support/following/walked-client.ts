import assert from "node:assert/strict";
import { once } from "node:events";

import { createClient } from "../../../src/client/client.js";
import { type Frame, recordSockets } from "./recorded-socket.js";
import { type ScriptedServer, type ServedSocket, politely, startScriptedServer } from "./scripted-server.js";
import { WalkedFollower } from "./walked-follower.js";

/** A client with three followers, and the server that they follow. */
export class WalkedClient {
  /** True if the next connection is to be refused, whatever its token. */
  refusesNext = false;
  /** Sockets whose client has given them up while their server reads nothing. */
  readonly frozen = new Set<ServedSocket>();
  readonly followers: readonly WalkedFollower[];
  readonly #server: ScriptedServer & AsyncDisposable;
  readonly #recorded = recordSockets();
  #token = 1;
  #refusedToken = "";
  #wrong: unknown;

  constructor(server: ScriptedServer & AsyncDisposable) {
    this.#server = server;
    const client = createClient({
      url: server.url,
      webSocket: this.#recorded.webSocket,
      token: (refused) => {
        if (refused === `token ${this.#token}`) this.#token += 1;
        return `token ${this.#token}`;
      },
    });
    this.followers = ["a", "b", "c"].map((name) => new WalkedFollower(name, client));
  }

  /** The followers whose subscriptions the server has, in an order that does not depend on time. */
  live(): WalkedFollower[] {
    return this.followers.filter(({ subscription }) => subscription !== undefined);
  }

  /** The socket that carries the subscriptions; undefined if there is none. */
  current(): ServedSocket | undefined {
    return this.live().length === 0 ? undefined : this.#open().at(-1);
  }

  /** Refuses the token that is in use from now on. */
  refuseToken(): void {
    this.#refusedToken = `Bearer token ${this.#token}`;
  }

  /** Waits until the client knows that the socket is lost that is its newest. */
  async lost(served: ServedSocket): Promise<void> {
    await once(this.#recorded.sockets.at(-1)!, this.frozen.has(served) ? "message" : "close");
  }

  /** Waits for all that must follow from what has happened, and expects that nothing else has. */
  async calm(): Promise<void> {
    for (const served of this.#open()) await served.settle();
    for (const follower of this.followers) await follower.calm((isBack) => this.#until(isBack));
    if (this.#wrong) throw this.#wrong;
    const expected = this.live().map(({ subscription }) => subscription);
    await this.#server.until(() => this.#open().length === (expected.length > 0 ? 1 : 0));
    assert.deepEqual(this.current()?.subscriptions() ?? new Set(), new Set(expected));
  }

  /** Hands out all that is left, and leaves. */
  async finish(): Promise<void> {
    for (const follower of this.followers) {
      while (!follower.hasAll) {
        follower.ask();
        await this.calm();
      }
    }
    for (const follower of this.followers) await follower.leave("return");
    for (const { socket } of this.frozen) socket.resume();
    await this.#server.until(() => this.#server.open().length === 0);
  }

  /** Answers a frame. */
  answer(served: ServedSocket, frame: Frame): void {
    const { type, id = "", payload } = frame;
    if (type === "connection_init") {
      for (const { socket } of this.frozen) socket.resume();
      const isRefused = this.refusesNext || payload.authorization === this.#refusedToken;
      this.refusesNext = false;
      if (isRefused) return served.socket.close(4401);
    }
    politely(served, frame);
    if (type !== "subscribe") return;
    const { name, after } = payload.variables;
    try {
      this.followers.find((follower) => follower.name === name)?.subscribed(served, id, after);
    } catch (error) {
      this.#wrong ??= error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const follower of this.followers) follower.stop();
    await this.#server[Symbol.asyncDispose]();
  }

  #open(): ServedSocket[] {
    return this.#server.open().filter((served) => !this.frozen.has(served));
  }

  async #until(what: () => boolean): Promise<void> {
    await this.#server.until(() => what() || this.#wrong !== undefined);
    if (this.#wrong) throw this.#wrong;
  }
}

/** Starts the server; `await using` closes it. */
export async function startWalkedClient(): Promise<WalkedClient> {
  const server = await startScriptedServer((served, frame) => client.answer(served, frame));
  const client: WalkedClient = new WalkedClient(server);
  return client;
}
