import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startExec } from "../support/exec/process.js";
import { graphql } from "../support/graphql.js";
import { createRandom } from "../support/random.js";
import { startService } from "../support/start-service.js";

/** How many signals are sent: few here, 200 by `test/cli/exec-storm.sh`. */
const signalCount = Number(process.env["AGENTRUN_STORM_SIGNALS"] ?? "16");
const seed = Number(process.env["AGENTRUN_STORM_SEED"] ?? Date.now() % 1_000_000);

const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const programs = [["sleep", "300"], ["true"], ["sh", "-c", "echo word; sleep 0.1; exit 3"]] as const;

const livingRuns = graphql(`
  query LivingRuns {
    runs(filter: { statuses: [PENDING, CLAIMED] }) { totalCount }
    sessions(first: 100) { nodes { active } }
  }
`);

it(
  `exec under ${signalCount} signals at random moments leaves no run alive (seed ${seed})`,
  async () => {
    await using service = await startService();
    const random = createRandom(seed);
    // The moments are spread over an exec's whole life, as long as it is on this machine.
    const startedAt = Date.now();
    expect(await startExec(service.url, ["true"]).exitCode).toBe(0);
    const lifeMs = Date.now() - startedAt;

    const strike = async () => {
      const exec = startExec(service.url, random.pick(programs));
      await sleep(random.below(lifeMs * 1.5));
      exec.child.kill(random.pick(signals));
      await exec.exitCode;
    };
    for (let sent = 0; sent < signalCount; sent += 4)
      await Promise.all(Array.from({ length: Math.min(4, signalCount - sent) }, strike));

    const living = async () => {
      const { runs, sessions } = await service.ask(livingRuns);
      return runs.totalCount + sessions.nodes.filter(({ active }) => active).length;
    };
    await expect.poll(living, { interval: 100 }).toBe(0);
  },
  60_000 + signalCount * 5_000,
);
