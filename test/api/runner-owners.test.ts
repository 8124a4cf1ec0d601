import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimTask, createTask } from "../support/queue.js";
import {
  type Asks,
  type Call,
  type TestService,
  asking,
  callerOf,
  codeOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { claim, createRun, registerRunner, uniqueName } from "../support/work.js";

/** Every mutation that names the runner as which the caller acts. */
const operations: Record<string, string> = {
  registerRunner: `registerRunner(input: { id: "%runner", name: "%name" }) { runner { id } }`,
  claimRun: `claimRun(input: { runId: "%run", runnerId: "%runner" }) { leaseToken }`,
  claimNextRun: `claimNextRun(input: { runnerId: "%runner", backendProfiles: ["%name"] }) { leaseToken }`,
  heartbeatRun: `heartbeatRun(input: { runId: "%run", runnerId: "%runner", leaseToken: "%token" }) { cancelRequested }`,
  claimQueueTask: `claimQueueTask(input: { queue: "%name", runnerId: "%runner" }) { leaseToken }`,
};
const names = Object.keys(operations);

let service: TestService;
let ada: Call;
let eve: Call;
let operator: Call;
let nobody: Call;
beforeAll(async () => {
  service = await startService({ config: { auth: tokenAuth } });
  ada = callerOf(service.url, await tokenFor("acme", ["reader", "runner"], "ada@example.com"));
  eve = callerOf(service.url, await tokenFor("acme", ["reader", "runner"], "eve"));
  operator = callerOf(service.url, await tokenFor("acme", ["operator"], "root"));
  nobody = callerOf(service.url, await tokenFor("acme", ["reader", "runner"], null));
});
afterAll(() => service.close());

/** What each operation is about: a run that a runner holds, and a name that nothing else has. */
interface Held {
  runner: string;
  run: string;
  token: string;
  name: string;
}

async function hold(asks: Asks): Promise<Held> {
  const run = await createRun(asks);
  const { runnerId, leaseToken } = await claim(asks, run);
  return { runner: runnerId, run, token: leaseToken, name: uniqueName("name") };
}

function fill(name: string, held: Held): string {
  const text = (operations[name] ?? "").replace(/%(\w+)/g, (_, key: string) => held[key as keyof Held]);
  return `mutation { ${text} }`;
}

/** Runs a statement on the service's database. */
async function onDatabase(text: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** All that is kept of a runner and of the run that it holds. */
function stored({ runner, run }: Held) {
  return onDatabase(
    "SELECT to_jsonb(runner) AS runner, to_jsonb(run) AS run FROM runner, run WHERE runner.id = $1 AND run.id = $2",
    [runner, run],
  );
}

it("every mutation that names a runner to act as it is tried here", async () => {
  const { __schema: found } = await asking(ada).ask(`{
    __schema { mutationType { fields { name args { type { ofType { name
      inputFields { name type { name ofType { name } } } } } } } } }
  }`);
  type Field = { name: string; type: { name: string | null; ofType: { name: string } | null } };
  const acting: string[] = found.mutationType.fields
    .filter(({ args }: { args: { type: { ofType: { inputFields: Field[] } } }[] }) =>
      args[0]?.type.ofType.inputFields.some(
        // The runnerId of saveRunnerJob is a String: another system's name for what it started.
        ({ name, type }) => name === "runnerId" && (type.ofType?.name ?? type.name) === "ID",
      ),
    )
    .map(({ name }: { name: string }) => name);
  expect(["registerRunner", ...acting].toSorted()).toEqual(names.toSorted());
});

describe("a runner belongs to who registered it:", () => {
  let held: Held;
  beforeAll(async () => void (held = await hold(asking(ada))));

  it.each(names)("another caller's %s is FORBIDDEN, and changes nothing", async (name) => {
    const before = await stored(held);
    const { errors } = await eve(fill(name, held));
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining(`runner ${held.runner} belongs to another caller`),
      extensions: { code: "FORBIDDEN", httpStatus: 403, details: { runnerId: held.runner } },
    });
    expect(JSON.stringify(errors)).not.toContain("ada@example.com");
    expect(await stored(held)).toEqual(before);
  });

  it.each(names)("a token without sub is another caller: %s is FORBIDDEN", async (name) => {
    expect(await codeOf(nobody(fill(name, held)))).toBe("FORBIDDEN");
  });

  it.each(names)("%s is allowed to its owner, with whichever token, and to an operator", async (name) => {
    const another = callerOf(service.url, await tokenFor("acme", ["runner"], "ada@example.com", 60));
    for (const caller of [another, operator, ada]) {
      const mine = await hold(asking(ada));
      expect(await codeOf(caller(fill(name, mine)))).toBeUndefined();
      // An operator may act as it, and does not take it away.
      expect(await codeOf(ada(fill("registerRunner", mine)))).toBeUndefined();
      expect(await codeOf(eve(fill("registerRunner", mine)))).toBe("FORBIDDEN");
    }
  });

  it("the lease of another caller's runner cannot be taken, and what the run says is not told", async () => {
    expect(await codeOf(eve(fill("claimRun", held)))).toBe("FORBIDDEN");
    const ended = await hold(asking(ada));
    await asking(ada).ask(
      `mutation { finishRun(input: { runId: "${ended.run}", leaseToken: "${ended.token}", result: { terminalStatus: COMPLETED } }) { run { id } } }`,
    );
    for (const name of ["claimRun", "heartbeatRun"])
      expect(await codeOf(eve(fill(name, ended)))).toBe("FORBIDDEN");
    expect(await codeOf(ada(fill("heartbeatRun", held)))).toBeUndefined();
  });

  it("a missing runner is NOT_FOUND, as is another tenant's", async () => {
    const globex = callerOf(service.url, await tokenFor("globex", ["reader", "runner"], "eve"));
    const task = { queue: held.name, runner: held.runner };
    for (const runner of [held.runner, "rnr_none"]) {
      for (const name of ["claimNextRun", "claimQueueTask"])
        expect([name, runner, await codeOf(globex(fill(name, { ...held, ...task, runner })))]).toEqual([
          name,
          runner,
          "NOT_FOUND",
        ]);
    }
    // The same id is free in another tenant.
    expect(await codeOf(globex(fill("registerRunner", held)))).toBeUndefined();
    expect(await codeOf(ada(fill("registerRunner", held)))).toBeUndefined();
  });

  it("a task's attempt is written to by its lease token alone", async () => {
    const { id, queue } = await createTask(asking(ada));
    const { attempt, leaseToken } = await claimTask(asking(ada), { queue, runnerId: held.runner });
    const heartbeat = `mutation { heartbeatQueueTask(input: { attemptId: "${attempt.id}", leaseToken: "${leaseToken}" }) { attempt { id } } }`;
    expect(await codeOf(eve(heartbeat))).toBeUndefined();
    const update = `mutation { updateQueueTaskAttempt(input: { taskId: "${id}", state: COMPLETED, leaseToken: "${leaseToken}" }) { task { id } } }`;
    expect(await codeOf(eve(update))).toBeUndefined();
  });
});

describe("a runner that belongs to nobody", () => {
  let held: Held;
  beforeEach(async () => {
    held = await hold(asking(ada));
    // As it is after the upgrade, or where it was registered without auth.
    await onDatabase("UPDATE runner SET owner = NULL WHERE id = $1", [held.runner]);
  });

  it.each(names)("is the first caller's that uses it: %s", async (name) => {
    expect(await codeOf(ada(fill(name, held)))).toBeUndefined();
    expect(await codeOf(eve(fill("registerRunner", held)))).toBe("FORBIDDEN");
    expect(await codeOf(ada(fill("registerRunner", held)))).toBeUndefined();
  });

  it("is one caller's if several come at once", async () => {
    const callers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        callerOf(service.url, await tokenFor("acme", ["runner"], `runner-${index}`)),
      ),
    );
    const codes = await Promise.all(callers.map((caller) => codeOf(caller(fill("registerRunner", held)))));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(codes.filter((code) => code === "FORBIDDEN")).toHaveLength(7);
  });
});

it("without auth nothing is bound, and what is bound stays so", async () => {
  const { databaseUrl } = service;
  const asks = asking(ada);
  await using open = await startService({ databaseUrl });
  const registered = await registerRunner(open);
  const text = "SELECT owner FROM runner WHERE id = $1";
  expect(await onDatabase(text, [registered])).toEqual([{ owner: null }]);
  const mine = await hold(asks);
  // The tenant `local` has a runner of the same id that belongs to somebody.
  await onDatabase(
    `INSERT INTO runner (tenant_id, id, owner, registered_at, heartbeat_at)
    SELECT 'local', id, owner, registered_at, heartbeat_at FROM runner WHERE id = $1`,
    [mine.runner],
  );
  for (const name of names) {
    const run = await createRun(open);
    const { leaseToken: token } = await claim(open, run, { runnerId: mine.runner });
    const code = await codeOf(open.call(fill(name, { ...mine, run, token })));
    expect([name, code]).toEqual([name, undefined]);
  }
  const owners = await onDatabase("SELECT DISTINCT owner FROM runner WHERE id = $1", [mine.runner]);
  expect(owners).toEqual([{ owner: "sub:ada@example.com" }]);
});
