import type { Key } from "../../domain/cursor.js";
import { type Call, NotThisCall } from "./call.js";
import { compact } from "./compact.js";
import type { Json } from "./json.js";
import { type Sql, literal } from "./sql.js";

/**
 * What stands around a part of an answer that Postgres cannot write as this service does. It is a character that JSON never has
 * as it is.
 */
const mark = "\u0001";

/** Such a part: what it is, and SQL of its content. */
export function part(kind: "json" | "key" | "feed", content: Sql): Json {
  return [`${mark}${letters[kind]}`, { sql: content }, mark];
}

/** The SQL of what stands where there must be a value and is none: then the call is answered otherwise. */
export const missing = literal(`${mark}!${mark}`);

const letters = { json: "J", key: "K", feed: "F" } as const;

/** Puts in what Postgres could not write. Throws {@link NotThisCall} where a value is missing. */
export function fill(text: string, call: Call): string {
  if (!text.includes(mark)) return text;
  return text
    .split(mark)
    .map((piece, index) => (index % 2 === 0 ? piece : fillOne(piece.charAt(0), piece.slice(1), call)))
    .join("");
}

function fillOne(letter: string, content: string, call: Call): string {
  switch (letter) {
    case letters.json:
      return compact(content);
    case letters.key: {
      const [number = "", parent = ""] = content.split(":", 2);
      const key = JSON.parse(content.slice(number.length + parent.length + 2)) as Key;
      return JSON.stringify(call.cursorOf(Number(number), parent, key));
    }
    case letters.feed: {
      const [number, version] = content.split(":");
      return JSON.stringify(call.feedCursorOf(Number(number), Number(version)));
    }
    default:
      throw new NotThisCall();
  }
}
