import { expect } from "vitest";
import type { OpenSocket } from "./open-socket.js";

/** The frames of one operation, once the last of them has this type. */
export async function framesOf({ frames }: OpenSocket, id: string, last: string) {
  const ofId = () => frames.filter((frame) => frame.id === id);
  await expect.poll(() => ofId().at(-1)?.type, { interval: 1 }).toBe(last);
  return ofId().map(({ type, payload }) => (payload === undefined ? [type] : [type, payload]));
}

/** The types of all frames after everything that was sent before has been answered. */
export async function typesOf(socket: OpenSocket): Promise<string[]> {
  await fence(socket);
  return socket.frames.map(({ type }) => type).filter((type) => type !== "pong");
}

/** Waits until the service has taken all that was sent before. */
export async function fence({ frames, send }: OpenSocket): Promise<void> {
  const pongs = () => frames.filter(({ type }) => type === "pong").length;
  const before = pongs();
  send({ type: "ping" });
  await expect.poll(pongs, { interval: 1 }).toBe(before + 1);
}
