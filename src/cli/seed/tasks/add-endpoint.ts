import { call, change, create, print, say } from "../event.js";
import type { Task } from "../task.js";

const endpoints = [
  { method: "GET", path: "/v1/orders/:id/timeline", noun: "timeline", who: "support" },
  { method: "POST", path: "/v1/carts/:id/voucher", noun: "voucher", who: "the mobile team" },
  {
    method: "DELETE",
    path: "/v1/customers/:id/addresses/:address",
    noun: "address",
    who: "the privacy team",
  },
] as const;

/** The API gets a new endpoint. */
export const addEndpoint: Task = (random) => {
  const { method, path, noun, who } = random.pick(endpoints);
  const tests = random.whole(5, 14);
  return {
    slug: "add-endpoint",
    title: `${method} ${path}`,
    projectId: "checkout-service",
    prompt: random.pick([
      `Add ${method} ${path} for ${who}. Same style as the other routes: schema, handler, tests.`,
      `${who} needs ${method} ${path}. Please add it, with the OpenAPI entry and tests for every refusal.`,
    ]),
    look: [
      call("read", { path: "src/http/routes.ts" }, { lines: 210 }),
      call("read", { path: "src/http/orders.ts" }, { lines: random.whole(90, 160) }),
      say(
        `Routes here are thin: parse, one call, answer. I do the same for ${noun}, and take the refusals from the existing table so that clients see nothing new.`,
      ),
    ],
    change: [
      create(`src/http/${noun}.ts`, [
        `import { route } from "./route.js";`,
        ``,
        `/** ${method} ${path}: 404 for what the caller may not see. */`,
        `export const ${noun} = route("${method}", "${path}", async ({ params, caller, store }) => {`,
        `  const found = await store.${noun}.find(caller.shopId, params.id);`,
        `  return found ?? { status: 404 };`,
        `});`,
      ]),
      change("src/http/routes.ts", 12, [
        ` import { orders } from "./orders.js";`,
        `+import { ${noun} } from "./${noun}.js";`,
        ` import { refunds } from "./refunds.js";`,
      ]),
    ],
    check: [
      call("run", { command: `npm test -- test/http/${noun}.test.ts` }, { exitCode: 0 }),
      print(
        [
          ` ✓ test/http/${noun}.test.ts (${tests} tests) ${random.whole(120, 900)}ms`,
          " Test Files  1 passed (1)",
        ],
        0,
      ),
    ],
    report: `${method} ${path} is there: route, handler, OpenAPI entry and ${tests} tests, one for each refusal. A shop that asks for another's ${noun} gets the same 404 as for one that is missing.`,
    question: {
      prompt: `Who may call ${method} ${path}: every client, or only ${who}?`,
      options: ["every client", `only ${who}`],
      answer: `Only ${who} for now.`,
    },
    approval: `The new route changes openapi.yaml, which is public. May I publish it?`,
    trouble: { kind: "BACKEND_FAILED", message: "the sandbox ended: out of memory while running the tests" },
    obstacle: `There is no rule yet for how long a ${noun} is kept; somebody has to decide before it can be shown.`,
    steer: "Please use cursor paging, not offset.",
    next: {
      prompt: "And a curl example for the docs?",
      events: [
        call(
          "run",
          { command: `curl -i -X ${method} http://localhost:8080${path.replaceAll(/:\w+/g, "42")}` },
          { exitCode: 0 },
        ),
        print(["HTTP/1.1 200 OK", "content-type: application/json", "", `{"${noun}":{"id":42}}`], 0),
      ],
      report: "The example above was run against a local service and works as it stands.",
    },
  };
};
