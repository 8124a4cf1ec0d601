import type { InboxSession } from "../../client/client.js";
import { storedToken } from "../frame/token";

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A line for a shell that follows the session's events. Where a token is wanted it names a variable, never the token itself. */
export function asCurl({ id }: Pick<InboxSession, "id">): string {
  const query = `subscription { sessionEvents(session: { id: "${id}" }) { cursor caughtUp events { sessionSeq type payload } } }`;
  const lines = [
    `curl -N ${quoted(new URL("/graphql", location.href).href)}`,
    ...(storedToken() ? ['-H "authorization: Bearer $AGENTRUN_TOKEN"'] : []),
    "-H 'content-type: application/json' -H 'accept: text/event-stream'",
    `-d ${quoted(JSON.stringify({ query }))}`,
  ];
  return lines.join(" \\\n  ");
}
