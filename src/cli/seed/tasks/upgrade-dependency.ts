import { call, callInVain, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const packages = [
  {
    name: "react-navigation",
    from: "6.1.18",
    to: "7.0.3",
    broke: "Stack.Navigator no longer takes headerMode",
  },
  { name: "zod", from: "3.23.8", to: "4.0.1", broke: "z.string().email() became z.email()" },
  {
    name: "date-fns",
    from: "2.30.0",
    to: "4.1.0",
    broke: "deep imports such as date-fns/format/index.js are gone",
  },
] as const;

/** A library is lifted to a new major version. */
export const upgradeDependency: Task = (random) => {
  const { name, from, to, broke } = random.pick(packages);
  const places = random.whole(4, 23);
  return {
    slug: "upgrade-dependency",
    title: `Upgrade ${name} to ${to}`,
    projectId: "mobile-app",
    prompt: random.pick([
      `Upgrade ${name} from ${from} to ${to} and fix what breaks.`,
      `We are a major version behind on ${name}. Please bring us to ${to}; keep the change as small as it can be.`,
    ]),
    look: [
      call("fetch", { url: `https://www.npmjs.com/package/${name}` }, { status: 200 }),
      say(`I read the migration notes first. The part that touches us: ${broke}.`),
      call("search", { pattern: name, path: "apps/mobile/src" }, { matches: places }),
      say(`${places} places use it. Most only import; the compiler will name the ones that break.`),
    ],
    change: [
      change("apps/mobile/package.json", 31, [
        `     "react": "18.3.1",`,
        `-    "${name}": "${from}",`,
        `+    "${name}": "${to}",`,
        `     "react-native": "0.76.2",`,
      ]),
      callInVain("run", { command: "npx tsc --noEmit" }, { exitCode: 2 }),
      printError(
        ["src/App.tsx(18,22): error TS2322: no overload matches this call.", "Found 3 errors in 2 files."],
        2,
      ),
      say("Three errors, all of the kind that the notes describe. I fix them one by one."),
      change("apps/mobile/src/App.tsx", 14, [
        ` export function App() {`,
        `-  return <Root mode="legacy" />;`,
        `+  return <Root />;`,
        ` }`,
      ]),
    ],
    check: [
      call("run", { command: "npx tsc --noEmit && npm test" }, { exitCode: 0 }),
      print(
        ["Test Suites: 88 passed, 88 total", "Tests:       611 passed, 611 total", "Time:        34.2 s"],
        0,
      ),
    ],
    report: `${name} is at ${to}. Three places had to change because ${broke}. Types and all 611 tests are fine; I have not tried it on a device.`,
    question: {
      prompt: `${name} ${to} needs Node 20 in CI, which runs 18. Should I raise it in the same change?`,
      options: ["same change", "a change of its own", "stay on the old version"],
      answer: "A change of its own, please, and first.",
    },
    approval: `The lock file changes in ${random.whole(900, 4200)} lines. May I commit it?`,
    trouble: { kind: "BACKEND_TIMEOUT", message: "npm install did not end within 300 s" },
    obstacle: `${name} ${to} needs React 19, and the app's payment SDK does not run on it yet.`,
    steer: "Do not touch the web build, only apps/mobile.",
    next: {
      prompt: "Write the changelog entry.",
      events: [change("CHANGELOG.md", 3, [` ## Unreleased`, `+`, `+- ${name} ${to}: ${broke}.`])],
      report: "The entry stands under Unreleased.",
    },
  };
};
