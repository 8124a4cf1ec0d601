// Pieces of an event in the making: a stream of text that followers see while it grows, and that the event replaces.

import { AgentRunError, badUserInput } from "./errors.js";
import type { RunEventType } from "./event.js";

/** The types of events whose text may be sent in pieces. */
export const deltaTypes: readonly RunEventType[] = [
  "ASSISTANT_MESSAGE",
  "REASONING",
  "TOOL_CALL",
  "COMMAND_OUTPUT",
];

/** The most streams of a run that are open at once. */
export const maxStreams = 16;

/** The most text of a stream that a runner may send, in bytes of UTF-8. */
export const maxStreamBytes = 65_536;

/** After how many seconds without a delta a stream has ended. */
export const silenceSeconds = 60;

/** The most text of deltas in a batch, in bytes of UTF-8. */
export const maxBatchBytes = 1_048_576;

/** Throws BAD_USER_INPUT for a type whose events do not come in pieces. */
export function checkDeltaType(type: RunEventType, field: string): void {
  if (!deltaTypes.includes(type)) throw badUserInput(field, `must be one of ${deltaTypes.join(", ")}`);
}

/** How many code points a text has that holds no lone surrogate. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0xdc00 && code < 0xe000) length -= 1;
  }
  return length;
}

/** The refusal of a delta that does not go on where its stream is; `length` is how many code points of it were sent, 0 where it is not open. */
export function wrongOffset(stream: { runId: string; streamId: string; length: number }): AgentRunError {
  const { streamId, length } = stream;
  const why = length === 0 ? "is not open: begin it with offset 0" : `goes on at offset ${length}`;
  return new AgentRunError(`stream ${streamId} ${why}`, { code: "CONFLICT", details: { ...stream } });
}

/** The refusal of a stream beyond the most that a run may have. */
export function tooManyStreams(runId: string): AgentRunError {
  return new AgentRunError(`run ${runId} has ${maxStreams} open streams, which is the most`, {
    code: "CONFLICT",
    details: { runId, streams: maxStreams },
  });
}
