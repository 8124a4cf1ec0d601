import { openBenchService } from "../bench/bench-service.js";
import { answerParent } from "../bench/child.js";
import { readCpu, readMemory } from "../bench/server-process.js";
import { watchStalls } from "./stalls.js";
import { watchStatements } from "./slow-statements.js";
import type { WatchedAnswers } from "./watched.js";

const readStatements = watchStatements();
const readStalls = watchStalls();

answerParent({
  open: openBenchService,
  readCpu,
  readMemory,
  readFigures: () => ({ statements: readStatements(), stalls: readStalls() }),
} satisfies WatchedAnswers);
