import type { Closers } from "./closers.js";
import type { Config } from "./config.js";
import type { FaultLog } from "./fault-log.js";
import type { Log } from "./log.js";

/** What every part of the node is opened with. */
export interface Node {
  config: Config;
  log: Log;
  faults: FaultLog;
  closers: Closers;
}
