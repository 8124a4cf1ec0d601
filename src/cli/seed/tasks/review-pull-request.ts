import { call, change, print, say } from "../event.js";
import type { Task } from "../task.js";

const subjects = [
  {
    title: "Cache product prices",
    file: "src/catalog/price-cache.ts",
    flaw: "the cache has no limit and lives as long as the process",
  },
  {
    title: "Retry payment webhooks",
    file: "src/payment/webhook.ts",
    flaw: "a retry sends a new event id, so the receiver books twice",
  },
  {
    title: "Let guests check out",
    file: "src/order/guest.ts",
    flaw: "the guest's email is compared with case, so one person gets two carts",
  },
] as const;

/** Somebody else's change is read before it is merged. */
export const reviewPullRequest: Task = (random) => {
  const { title, file, flaw } = random.pick(subjects);
  const number = random.whole(700, 2400);
  return {
    slug: "review-pull-request",
    title: `Review #${number}: ${title}`,
    projectId: "checkout-service",
    prompt: random.pick([
      `Please review pull request #${number} "${title}". I care most about correctness under load.`,
      `#${number} is waiting for a review. Read it like someone who will be called at night when it breaks.`,
      `Review #${number} and leave comments where something is wrong; no style remarks.`,
    ]),
    look: [
      call("run", { command: `gh pr diff ${number}` }, { exitCode: 0 }),
      print([`diff --git a/${file} b/${file}`, ` 4 files changed, 128 insertions(+), 31 deletions(-)`], 0),
      say(`Four files. The heart of it is ${file}; the rest is wiring and tests. I read that file whole.`),
      call("read", { path: file }, { lines: random.whole(60, 190) }),
      call("search", { pattern: "setInterval|new Map\\(", path: "src" }, { matches: random.whole(1, 6) }),
      say(`One thing worries me: ${flaw}. I want to see whether the tests would notice.`),
    ],
    change: [
      say("I write down the fix that I would suggest, as a patch to the branch and not as a commit."),
      change(file, 17, [
        ` const waitMs = 250;`,
        `-const seen = new Map<string, Entry>();`,
        `+/** Bounded: what is not asked for leaves first. */`,
        `+const seen = new LruMap<string, Entry>({ max: 10_000 });`,
        ` `,
      ]),
    ],
    check: [
      call(
        "run",
        { command: `npm test -- ${file.replace("src", "test").replace(".ts", ".test.ts")}` },
        { exitCode: 0 },
      ),
      print([" Test Files  1 passed (1)", "      Tests  11 passed (11)"], 0),
    ],
    report: `Review of #${number}: one thing to change before merging, namely that ${flaw}. A patch is attached. Two small questions are left as comments; the rest is good work.`,
    question: {
      prompt: `Shall I ask for changes on #${number}, or only comment?`,
      options: ["ask for changes", "comment", "approve"],
      answer: "Ask for changes, kindly.",
    },
    approval: `May I post the review on #${number} in your name?`,
    trouble: { kind: "PROVIDER_RATE_LIMITED", message: "the provider asks to slow down: try again in 20 s" },
    obstacle: `The branch of #${number} lies in a fork that this agent may not read.`,
    steer: "Look at the migration too, it locks the orders table.",
    next: {
      prompt: "The author has pushed a fix. Does it hold?",
      events: [
        call("run", { command: `gh pr diff ${number} --since-last-review` }, { exitCode: 0 }),
        print([" 1 file changed, 9 insertions(+), 4 deletions(-)"], 0),
      ],
      report: `Yes. The limit is there and tested. I would approve #${number} now.`,
    },
  };
};
