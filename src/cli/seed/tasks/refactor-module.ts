import { call, change, create, print, say } from "../event.js";
import type { Task } from "../task.js";

const modules = [
  {
    file: "checkout-screen",
    piece: "address-form",
    lines: 1_140,
    why: "every change to an address breaks a payment test",
  },
  {
    file: "api-client",
    piece: "retry-policy",
    lines: 870,
    why: "three copies of the retry rules have drifted apart",
  },
  { file: "cart-store", piece: "cart-total", lines: 690, why: "totals are computed in four places" },
] as const;

/** A large module is taken apart without changing what it does. */
export const refactorModule: Task = (random) => {
  const { file, piece, lines, why } = random.pick(modules);
  const camel = piece.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return {
    slug: "refactor-module",
    title: `Take ${piece} out of ${file}`,
    projectId: "mobile-app",
    prompt: random.pick([
      `${file}.ts has ${lines} lines, and ${why}. Take ${piece} out into a file of its own. Behaviour must not change.`,
      `Please split ${piece} from ${file}: ${why}. Small steps, tests green after each.`,
    ]),
    look: [
      call("read", { path: `apps/mobile/src/${file}.ts` }, { lines }),
      call("search", { pattern: camel, path: "apps/mobile" }, { matches: random.whole(6, 18) }),
      say(
        `${lines} lines, but only 90 of them are about ${piece}, and they use two things from outside: the locale and the clock. I pass both in, so the new file depends on nothing.`,
      ),
    ],
    change: [
      create(`apps/mobile/src/${piece}.ts`, [
        `import type { Locale } from "./locale.js";`,
        ``,
        `/** Pure: what it needs comes in, nothing is kept. */`,
        `export function ${camel}(input: Input, locale: Locale, now: Date): Result {`,
        `  return { ...input, label: locale.format(input.amount), at: now };`,
        `}`,
      ]),
      change(`apps/mobile/src/${file}.ts`, 203, [
        `   const locale = useLocale();`,
        `-  const result = computeHere(input);`,
        `+  const result = ${camel}(input, locale, new Date());`,
        `   return render(result);`,
      ]),
    ],
    check: [
      call("run", { command: "npm test -- --coverage" }, { exitCode: 0 }),
      print(["Tests:       611 passed, 611 total", `${piece}.ts  | 100 % lines | 97 % branches`], 0),
    ],
    report: `${piece} is a file of its own with 92 lines and no dependencies; ${file}.ts is shorter by 104. No behaviour changed: all 611 tests pass and none was edited.`,
    question: {
      prompt: `${file} exports ${camel} today. Should the old export stay for a while?`,
      options: ["keep it, marked deprecated", "remove it"],
      answer: "Remove it, nobody else imports it.",
    },
    approval: `This touches ${random.whole(9, 31)} files. May I go on?`,
    trouble: { kind: "BACKEND_PROTOCOL_ERROR", message: "the backend sent a tool call without a name" },
    obstacle: "Two open branches change the same lines; whoever owns them must decide the order.",
    steer: "Keep the file names in kebab-case.",
    next: {
      prompt: "Now do the same for the rounding rules.",
      events: [
        call("edit", { path: `apps/mobile/src/${file}.ts` }, { changedLines: 38 }),
        print(["Tests:       611 passed, 611 total"], 0),
      ],
      report: "Done the same way: rounding.ts, 31 lines, pure.",
    },
  };
};
