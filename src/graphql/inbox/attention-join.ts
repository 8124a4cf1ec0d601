import { joinMark } from "../../store/inbox/standing.js";
import type { Join } from "../reading/list.js";

/** The end of the id of a SessionAttention, after the session's. */
export function attentionPath(readerId: string | null): string {
  return `/attention${readerId === null ? "" : `/${encodeURIComponent(readerId)}`}`;
}

/** Joins sessions to what a reader has marked of them. */
export function joinAttention(readerId: string | null): Join {
  return { sql: joinMark(readerId).ordered, values: { attentionPath: attentionPath(readerId) } };
}
