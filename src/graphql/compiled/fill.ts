import type { Key } from "../../domain/cursor.js";
import { type Call, NotThisCall } from "./call.js";
import { compact } from "./compact.js";
import { letters, mark } from "./json.js";

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
