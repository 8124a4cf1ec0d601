import { call, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const incidents = [
  {
    what: "payments fail with 502",
    cause: "the connection pool is empty: a retry holds a connection while it waits",
  },
  {
    what: "orders arrive twice",
    cause: "the queue's visibility timeout is shorter than the slowest handler",
  },
  {
    what: "sign-in takes 20 s",
    cause: "the session cache was moved to another zone and every lookup times out once",
  },
] as const;

/** Something is broken for customers, now. */
export const triageIncident: Task = (random) => {
  const { what, cause } = random.pick(incidents);
  const number = random.whole(210, 480);
  const share = random.whole(3, 28);
  return {
    slug: "triage-incident",
    title: `INC-${number}: ${what}`,
    projectId: "checkout-service",
    prompt: random.pick([
      `INC-${number}: ${what}, about ${share} % of requests, since 14:05. Find the cause; do not deploy anything without asking.`,
      `We have an incident: ${what}. Read the logs since 14:00 and tell me what you see.`,
    ]),
    look: [
      say("First what changed, then what the logs say. I look at deploys and at errors by minute."),
      call("run", { command: "kubectl logs deploy/checkout --since=30m | tail -n 400" }, { exitCode: 0 }),
      print([
        "14:04:51 info  release 2026.48.2 is live",
        // A credential in a log is what redaction is for; this one is made up here.
        `14:05:12 info  connecting to postgres://checkout:${random.hex(20)}@db-1.internal:5432/checkout`,
        "14:05:13 warn  pool: 40 of 40 connections in use, 112 waiting",
      ]),
      printError([`14:05:19 error request failed after 30000 ms: timeout`, `14:05:19 error ${what}`]),
      call(
        "search",
        { pattern: "maxRetries|visibilityTimeout", path: "src" },
        { matches: random.whole(2, 5) },
      ),
      say(`The first error is 21 s after the release. What fits everything I see: ${cause}.`),
    ],
    change: [
      say("The smallest safe change is a setting, not code."),
      change("deploy/production.yaml", 51, [
        `   env:`,
        `-    RETRY_LIMIT: "10"`,
        `+    RETRY_LIMIT: "2"`,
        `     POOL_SIZE: "40"`,
      ]),
    ],
    check: [
      call("run", { command: "curl -s http://metrics.internal/errors?last=5m" }, { exitCode: 0 }),
      print([`errors per minute: 412, 380, 96, 11, 0`], 0),
    ],
    report: `INC-${number}: ${what} for ${share} % of requests. Cause: ${cause}. Errors are at 0 for two minutes since the setting was changed. A real fix still has to be made; I have written down the steps.`,
    question: {
      prompt: "Roll back the release, or change the setting and keep it?",
      options: ["roll back", "change the setting", "wait"],
      answer: "Change the setting. The release has a migration in it.",
    },
    approval: "May I lower RETRY_LIMIT from 10 to 2 in production?",
    trouble: { kind: "SECRET_UNAVAILABLE", message: "the credential metrics-read could not be had" },
    obstacle: "The logs of the payment provider are needed, and only a person can open a case there.",
    steer: "Support says it is only customers in the EU.",
    next: {
      prompt: "Draft the note for the status page.",
      events: [say(`Between 14:05 and 14:31 ${what} for some customers. It is solved. No data was lost.`)],
      report: "The draft is above: what, when, and that it is over. No promises in it.",
    },
  };
};
