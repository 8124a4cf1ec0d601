import { call, callInVain, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const moved = [
  { from: "/guides/quickstart", to: "/guides/getting-started" },
  { from: "/api/errors", to: "/reference/errors" },
  { from: "/blog/2023-pricing", to: "/pricing" },
] as const;

/** Links that lead nowhere are found and mended. */
export const mendLinks: Task = (random) => {
  const { from, to } = random.pick(moved);
  const broken = random.whole(4, 48);
  return {
    slug: "mend-broken-links",
    title: `${broken} broken links after the move to ${to}`,
    projectId: "docs-site",
    prompt: random.pick([
      `Since ${from} moved to ${to} we get 404s. Find all links that point to the old place and mend them.`,
      `The nightly link check reports ${broken} broken links. Please mend them, and add redirects where outsiders link to us.`,
    ]),
    look: [
      callInVain("run", { command: "npm run check:links" }, { exitCode: 1 }),
      print([`content/index.md: ${from} -> 404`, `content/guides/errors.md: ${from} -> 404`, `...`]),
      printError([`${broken} broken links in 164 pages`], 1),
      call("search", { pattern: from, path: "content" }, { matches: broken }),
      say(`All ${broken} go to ${from}. That is one rename and one redirect, not ${broken} decisions.`),
    ],
    change: [
      change("content/index.md", 14, [
        ` Start here:`,
        `-- [Quick start](${from})`,
        `+- [Quick start](${to})`,
        ` - [Errors](/reference/errors)`,
      ]),
      change("redirects.yaml", 1, [` # old: new`, `+${from}: ${to}`]),
    ],
    check: [
      call("run", { command: "npm run build && npm run check:links" }, { exitCode: 0 }),
      print(["1,873 links checked, none broken"], 0),
    ],
    report: `${broken} links now go to ${to}, and ${from} redirects there for links from outside. The check passes.`,
    question: {
      prompt: `Should the redirect from ${from} be permanent (301) or temporary (302)?`,
      options: ["301", "302"],
      answer: "301, it will not move back.",
    },
    approval: "May I open one pull request with all files, though three teams own them?",
    trouble: { kind: "PROVIDER_RATE_LIMITED", message: "429 from the provider after 60 requests" },
    obstacle:
      "Eleven links go to a partner's site that no longer exists; only a person can say what replaces it.",
    steer: "Leave the blog alone, it will be archived next week.",
    next: {
      prompt: "How many people came through the old address last month?",
      events: [
        call(
          "run",
          { command: `duckdb access.db "select count(*) from hits where path = '${from}'"` },
          { exitCode: 0 },
        ),
        print([`count`, `${random.whole(90, 9_000)}`], 0),
      ],
      report: "The number is above; enough to keep the redirect for good.",
    },
  };
};
