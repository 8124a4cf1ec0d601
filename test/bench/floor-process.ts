import { openPool } from "../../src/database/pool.js";
import { answerParent } from "./child.js";
import { openFloor } from "./floor.js";
import { type ServerAnswers, connections, readCpu, readMemory } from "./server-process.js";

answerParent({
  open: (connectionString) => openFloor(openPool({ connectionString, connections, onError: () => {} })),
  readCpu,
  readMemory,
} satisfies ServerAnswers);
