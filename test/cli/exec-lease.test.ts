import { describe, expect, it } from "vitest";
import { nodeScript, startExec } from "../support/exec/process.js";
import { readRecord } from "../support/exec/record.js";
import { found } from "../support/found.js";
import { graphql } from "../support/graphql.js";
import { onServer } from "../support/postgres-server.js";
import {
  type TestService,
  asking,
  callerOf,
  startService,
  tokenAuth,
  tokenFor,
} from "../support/start-service.js";
import { claim, finishRun, registerRunner } from "../support/work.js";

const untilInputEnds = nodeScript(`
process.stdin.resume().on("end", () => { console.log("done"); process.exit(0); });
console.log("ready");`);

const expire = `UPDATE run SET lease_expires_at = now() - interval '1 second' WHERE status = 'CLAIMED'`;

async function readAttempt(service: TestService, id: string): Promise<number> {
  const leaseAttempt = graphql(`query LeaseAttempt($id: ID!) { run(id: $id) { lease { attempt } } }`);
  const { run } = await service.ask(leaseAttempt, { id });
  return found(run?.lease).attempt;
}

describe("a lease that ran out", () => {
  it("is taken again where nobody else has it", async () => {
    await using service = await startService();
    const exec = startExec(service.url, untilInputEnds);
    const runId = await exec.runId();
    await exec.printed("ready");
    await onServer(service.databaseUrl, expire);
    await expect.poll(() => readAttempt(service, runId)).toBe(2);
    exec.child.stdin.end();
    expect(await exec.exitCode).toBe(0);
    const run = await readRecord(service, runId);
    expect(run.status).toBe("COMPLETED");
    expect(run.text("STDOUT")).toBe("ready\ndone\n");
  });

  it("ends the process where another runner has taken it", async () => {
    await using service = await startService();
    const other = await registerRunner(service);
    const exec = startExec(service.url, untilInputEnds);
    const runId = await exec.runId();
    await exec.printed("ready");
    await takeOver(service, runId, other);
    expect(await exec.exitCode).toBe(143);
    expect(exec.stderr()).toContain("another runner holds the run");
  });
});

/** Exec claims again at its next heartbeat: the other runner may have to try twice to be there before. */
async function takeOver(service: TestService, runId: string, runnerId: string): Promise<void> {
  const attempt = async () => {
    await onServer(service.databaseUrl, expire);
    return claim(service, runId, { runnerId }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(attempt).toBe(true);
}

describe("a run that was ended elsewhere", () => {
  it("ends the process", async () => {
    await using service = await startService({ config: { auth: tokenAuth } });
    const token = await tokenFor("acme");
    const exec = startExec(service.url, untilInputEnds, [], { AGENTRUN_TOKEN: token });
    const runId = await exec.runId();
    await exec.printed("ready");
    await finishRun(asking(callerOf(service.url, token)), runId, { terminalStatus: "BLOCKED" });
    expect(await exec.exitCode).toBe(143);
    expect(exec.stderr()).toContain("ended elsewhere: BLOCKED");
  });
});
