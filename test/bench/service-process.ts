import { openBenchService } from "./bench-service.js";
import { answerParent } from "./child.js";
import { type ServerAnswers, readCpu, readMemory } from "./server-process.js";

answerParent({ open: openBenchService, readCpu, readMemory } satisfies ServerAnswers);
