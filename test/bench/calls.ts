import type { Transport } from "./caller.js";
import type { Child } from "./child.js";
import type { Side } from "./comparison.js";
import type { Asked } from "./equality.js";
import type { LoadAnswers } from "./load-process.js";
import type { ServerProcess } from "./server-process.js";

/** How many connections make the same call, each the next once the last is answered. */
export const callers = 16;

/** Measures how many calls a server answers in a second. */
export function callsOf(
  load: Child<LoadAnswers>,
  server: Pick<ServerProcess, "readCpu">,
  asked: Asked,
  over: Transport = "HTTP",
): Side {
  return {
    readCpu: server.readCpu,
    measure: async (durationMs) => {
      const bodies = Array.from({ length: callers }, () => asked.body);
      return (await load.ask("call", { url: asked.url, bodies, over, durationMs })).callsPerSecond;
    },
  };
}
