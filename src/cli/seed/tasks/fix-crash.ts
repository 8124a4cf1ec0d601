import { call, change, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const crashes = [
  {
    where: "opening a receipt",
    file: "receipt-screen",
    field: "paidAt",
    because: "an order paid with a voucher has no paidAt",
  },
  {
    where: "scanning a barcode",
    file: "scanner",
    field: "camera",
    because: "the camera is null once permission was withdrawn",
  },
  {
    where: "coming back from the background",
    file: "session-guard",
    field: "user",
    because: "the user is signed out while the app sleeps",
  },
] as const;

/** The app crashes for some people. */
export const fixCrash: Task = (random) => {
  const { where, file, field, because } = random.pick(crashes);
  const people = random.whole(120, 4_800);
  const version = `5.${random.whole(2, 18)}.0`;
  return {
    slug: "fix-crash",
    title: `Crash when ${where}`,
    projectId: "mobile-app",
    prompt: random.pick([
      `The app crashes when ${where}, ${people} people in ${version}. Fix it so that it can go into the next release.`,
      `Crash report: "Cannot read property '${field}' of undefined" in ${file}. Please find out who gets there and fix it.`,
    ]),
    look: [
      call("fetch", { url: `https://crashes.example.com/mobile/${version}` }, { status: 200, people }),
      printError([
        `TypeError: Cannot read property '${field}' of undefined`,
        `    at ${file}.tsx:64:31`,
        `    at commitRoot`,
      ]),
      call("read", { path: `apps/mobile/src/${file}.tsx` }, { lines: random.whole(80, 240) }),
      say(
        `The type says that ${field} is always there. It is not: ${because}. So the type is the bug, and the crash only its messenger.`,
      ),
    ],
    change: [
      change(`apps/mobile/src/${file}.tsx`, 61, [
        ` export function Details({ item }: Props) {`,
        `-  const shown = item.details.${field};`,
        `+  const shown = item.details?.${field};`,
        `+  if (shown === undefined) return <Placeholder />;`,
        `   return <Row value={shown} />;`,
      ]),
      change("apps/mobile/src/model.ts", 18, [
        ` interface Details {`,
        `-  ${field}: Value;`,
        `+  ${field}?: Value;`,
        ` }`,
      ]),
    ],
    check: [
      call("run", { command: `npm test -- ${file}` }, { exitCode: 0 }),
      print(
        [
          `PASS src/${file}.test.tsx`,
          `  ✓ shows a placeholder without ${field} (12 ms)`,
          "Tests: 9 passed, 9 total",
        ],
        0,
      ),
    ],
    report: `The crash when ${where} is fixed. Cause: ${because}, and the type hid it. With the type corrected the compiler found one more place, which is fixed too.`,
    question: {
      prompt: `What should people see when there is no ${field}?`,
      options: ["a placeholder", "nothing", "a message"],
      answer: "A placeholder, like on the order screen.",
    },
    approval: `May I add a device to the test farm for an hour, to try it on Android 10?`,
    trouble: { kind: "PROVIDER_AUTH_FAILED", message: "the model's provider refused the credentials" },
    obstacle: "The crash needs a physical device with a broken camera; I cannot make it happen here.",
    steer: "Also check iOS, there were three reports there.",
    next: {
      prompt: "Is it safe to send as an over-the-air update?",
      events: [
        call("run", { command: "npx expo-updates fingerprint:check" }, { exitCode: 0 }),
        print(["native code: unchanged"], 0),
      ],
      report: "Yes. No native code changed, so an over-the-air update is enough.",
    },
  };
};
