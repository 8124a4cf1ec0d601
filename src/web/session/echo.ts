import type { Entries, TimelineEntry } from "../../client/client.js";

/** How many entries before what a person said are looked at for the turn that it repeats. */
const echoSpan = 8;

/** Agents tell what a person said again once they take it up: that is shown once. Each command of a run has one such echo. */
export function isEcho(entries: Entries<TimelineEntry>, index: number): boolean {
  const echo = saidIn(entries.at(index));
  if (!echo || echo.isAsked) return false;
  let others = 0;
  for (const entry of entries.slice(index - echoSpan, index).toReversed()) {
    const said = saidIn(entry);
    if (said?.text !== echo.text || said.runId !== echo.runId) continue;
    if (!said.isAsked) others += 1;
    else if (others === 0) return true;
    else others -= 1;
  }
  return false;
}

/** What a person said by an entry, in which run, and whether it asked for it or tells of it. */
function saidIn(entry: TimelineEntry | undefined) {
  if (entry?.kind !== "event") return undefined;
  const { event } = entry;
  const runId = event.run.id;
  if (event.__typename === "UserMessageEvent") return { text: event.text, runId, isAsked: false };
  if (event.__typename !== "BackendStatusEvent" || event.phase !== "command-created") return undefined;
  return event.command?.text ? { text: event.command.text, runId, isAsked: true } : undefined;
}
