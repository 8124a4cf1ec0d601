import { MessageReader } from "./message.js";
import { Receiver } from "./receiver.js";

/** How many sockets are opened at once. */
const opening = 200;

/** What one socket of a crowd receives: the number of the socket, from 0, the events of one message, and its bytes. */
export type TakeEvents = (
  receiver: number,
  sentAtMs: readonly number[],
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** Many receivers of one server. */
export interface Crowd {
  /** How many sockets. */
  size: number;
  /** Who is told of events; nobody at first. */
  take: TakeEvents;
  /** Never resolves; rejects when a socket is lost. */
  lost: Promise<never>;
  close(): void;
}

/** Opens a socket for each list of runs to follow, and resolves when all have caught up. */
export async function openCrowd(url: string, sockets: readonly (readonly string[])[]): Promise<Crowd> {
  const target = new URL(url);
  const messages = new MessageReader();
  const receivers: Receiver[] = [];
  let fail: (error: Error) => void = () => {};
  const lost = new Promise<never>((_resolve, reject) => (fail = reject));
  lost.catch(() => {});
  const crowd: Crowd = {
    size: sockets.length,
    take: () => {},
    lost,
    close: () => {
      for (const receiver of receivers) receiver.close();
    },
  };
  const open = (runIds: readonly string[]) =>
    new Promise<void>((resolve) => {
      const number = receivers.length;
      const receiver = new Receiver(target, runIds, messages, {
        ready: resolve,
        events: (sentAtMs, bytes, start, end) => crowd.take(number, sentAtMs, bytes, start, end),
        failed: fail,
      });
      receivers.push(receiver);
    });
  try {
    for (let first = 0; first < sockets.length; first += opening) {
      await Promise.race([lost, Promise.all(sockets.slice(first, first + opening).map(open))]);
    }
    return crowd;
  } catch (error) {
    crowd.close();
    throw error;
  }
}
