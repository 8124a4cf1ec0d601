import type { Task } from "./task.js";
import { addEndpoint } from "./tasks/add-endpoint.js";
import { fixFlakyTest } from "./tasks/fix-flaky-test.js";
import { mendLinks } from "./tasks/mend-links.js";
import { fixCrash } from "./tasks/fix-crash.js";
import { fixFailingTest } from "./tasks/fix-failing-test.js";
import { investigateSlowQuery } from "./tasks/investigate-slow-query.js";
import { migrateData } from "./tasks/migrate-data.js";
import { refactorModule } from "./tasks/refactor-module.js";
import { reviewPullRequest } from "./tasks/review-pull-request.js";
import { triageIncident } from "./tasks/triage-incident.js";
import { upgradeDependency } from "./tasks/upgrade-dependency.js";
import { writeDocumentation } from "./tasks/write-documentation.js";

/** Every kind of work that stories tell of. */
export const tasks: readonly Task[] = [
  addEndpoint,
  fixFlakyTest,
  mendLinks,
  fixCrash,
  fixFailingTest,
  investigateSlowQuery,
  migrateData,
  refactorModule,
  reviewPullRequest,
  triageIncident,
  upgradeDependency,
  writeDocumentation,
];
