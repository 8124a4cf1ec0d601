/*
 * How wake-ups are written between nodes: a JSON list of the sending node's name and the topics, in ASCII whatever the
 * topics hold, so that characters are bytes and every database encoding takes it. Without topics it is a node's question
 * to itself: does what I send arrive?
 */

/** The most bytes in one message: Postgres takes fewer than 8,000. */
export const maxMessageBytes = 7_999;

/** What one message says. */
export interface WakeMessage {
  node: string;
  topics: string[];
}

/** Writes topics in as few messages as hold them. A topic too long for any message is left to the followers' poll. */
export function writeMessages(node: string, topics: Iterable<string>): string[] {
  const start = `[${writeAscii(node)}`;
  const messages: string[] = [];
  let message = start;
  for (const topic of topics) {
    const item = `,${writeAscii(topic)}`;
    if (start.length + item.length >= maxMessageBytes) continue;
    if (message.length + item.length >= maxMessageBytes) {
      messages.push(`${message}]`);
      message = start;
    }
    message += item;
  }
  if (message !== start) messages.push(`${message}]`);
  return messages;
}

/** The message without topics. */
export function writeQuestion(node: string): string {
  return `[${writeAscii(node)}]`;
}

/** Reads a message; undefined where it is none: anybody may send something on the channel. */
export function readMessage(text: string): WakeMessage | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) return undefined;
  const [node, ...topics] = list;
  return node === undefined ? undefined : { node, topics };
}

function writeAscii(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\u0020-\u007e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
