import WebSocket from "ws";
import { expect, it } from "vitest";
import { createClient, createTimeline } from "../../src/client/client.js";
import { isEcho } from "../../src/web/session/echo.js";
import { startService } from "../support/start-service.js";
import { appendEvents, createCommand, createRun, createSession } from "../support/work.js";

it("what a person said is shown once for each time they said it", async () => {
  await using service = await startService();
  const { sessionId, runId } = await createSession(service);
  const other = await createRun(service, { session: { sessionId }, parallel: true });
  const ask = (prompt: string) => createCommand(service, runId, "STEER", { prompt });
  const tell = (text: string, where = runId) =>
    appendEvents(service, { runId: where, events: [{ type: "USER_MESSAGE", payload: { text } }] });
  await ask("yes");
  await tell("yes");
  await tell("yes");
  await ask("no");
  await ask("no");
  await tell("no");
  await tell("no");
  await ask("here");
  await tell("here", other);
  const client = createClient({ url: service.url, webSocket: WebSocket });
  const timeline = createTimeline(client, { sessionId }, { readWhileOpen: false });
  const shown = () => {
    const { entries } = timeline.getSnapshot();
    return entries.toArray().flatMap((entry, index) => {
      if (entry.kind !== "event" || isEcho(entries, index)) return [];
      const { event } = entry;
      if (event.__typename === "UserMessageEvent") return [event.text];
      return event.__typename === "BackendStatusEvent" ? (event.command?.text ?? []) : [];
    });
  };
  await expect.poll(shown).toEqual(["yes", "yes", "no", "no", "here", "here"]);
  timeline.close();
});
