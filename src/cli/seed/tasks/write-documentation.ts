import { call, create, change, print, say } from "../event.js";
import type { Task } from "../task.js";

const pages = [
  {
    topic: "webhooks",
    reader: "someone who receives one for the first time",
    source: "src/payment/webhook.ts",
    lead: "We call your server when an order changes. Answer within five seconds, and do the work afterwards.",
    example: ["POST /your/endpoint", "Event-Id: evt-7421"],
    rule: "A call that is not answered is sent again for 24 hours, always with the same event id.",
  },
  {
    topic: "idempotency keys",
    reader: "a client author whose request timed out",
    source: "src/order/idempotency.ts",
    lead: "You have sent a request and do not know whether it arrived. Send it again: nothing happens twice.",
    example: ["POST /v1/orders", "Idempotency-Key: order-7421"],
    rule: "A key is kept for 24 hours. The same key with another body is refused with 409.",
  },
  {
    topic: "rate limits",
    reader: "an integrator who sees 429",
    source: "src/http/rate-limit.ts",
    lead: "A shop may send 50 requests a second. What is above that is refused, and nothing of it is done.",
    example: ["HTTP/1.1 429 Too Many Requests", "Retry-After: 2"],
    rule: "Wait as many seconds as Retry-After says, then send the same request again.",
  },
] as const;

/** A page of documentation is written from the code. */
export const writeDocumentation: Task = (random) => {
  const { topic, reader, source, lead, example, rule } = random.pick(pages);
  const path = `content/guides/${topic.replaceAll(" ", "-")}.md`;
  const title = `${topic.charAt(0).toUpperCase()}${topic.slice(1)}`;
  return {
    slug: "write-documentation",
    title: `Guide: ${topic}`,
    projectId: "docs-site",
    prompt: random.pick([
      `Write a guide on ${topic} for ${reader}. One page, with an example that works.`,
      `We have no page about ${topic}. Please write one; check every claim against the code.`,
      `Support gets the same question about ${topic} every week. Write the page that answers it.`,
    ]),
    look: [
      call("search", { pattern: topic, path: "content" }, { matches: random.whole(0, 4) }),
      call("read", { repository: "checkout-service", path: source }, { lines: random.whole(70, 160) }),
      say(
        `The code is the truth here, so I took the numbers from ${source}. The reader is ${reader}: I begin with what they see, then why, then what to do.`,
      ),
    ],
    change: [
      create(path, [`# ${title}`, ``, lead, ``, "```http", ...example, "```", ``, rule]),
      change("content/guides/_menu.yaml", 6, [
        ` - getting-started`,
        `+- ${topic.replaceAll(" ", "-")}`,
        ` - errors`,
      ]),
    ],
    check: [
      call("run", { command: "npm run build && npm run check:links" }, { exitCode: 0 }),
      print(
        [
          `built 164 pages in ${random.whole(4, 11)}.${random.whole(0, 9)} s`,
          "1,873 links checked, none broken",
        ],
        0,
      ),
    ],
    report: `The guide on ${topic} is at ${path}, linked from the menu. Every number in it comes from ${source}; the example was run against the sandbox.`,
    question: {
      prompt: `Should the guide name the exact limits for ${topic}, or say that they may change?`,
      options: ["exact limits", "say they may change"],
      answer: "Exact limits. People plan with them.",
    },
    approval: "The page replaces two old ones. May I delete them and leave redirects?",
    trouble: { kind: "PROVIDER_UNAVAILABLE", message: "the model's provider does not answer (503)" },
    obstacle: `${source} and the OpenAPI file disagree on ${topic}; somebody must say which one is right.`,
    steer: "Shorter sentences, please. Many readers do not have English as their first language.",
    next: {
      prompt: "Add a short table of the error codes.",
      events: [
        change(path, 10, [
          ` ${rule}`,
          `+`,
          `+| status | meaning |`,
          `+|---|---|`,
          `+| 409 | the key was used with another body |`,
          `+| 429 | too many requests, see Retry-After |`,
        ]),
      ],
      report: "The table is there, with the two codes that a client can meet.",
    },
  };
};
