import { openBenchService } from "./bench-service.js";
import { answerParent } from "./child.js";
import { type ServerAnswers, readMemory } from "./server-process.js";

answerParent({ open: openBenchService, readMemory } satisfies ServerAnswers);
