import { hasCode } from "../../client/graph-request-error.js";
import type { GraphClient } from "../../client/transport.js";
import type { RunEventInput } from "../../generated/documents/graphql.js";
import { acknowledgeCommandDocument, finishCommandDocument } from "../operations/command.js";
import { appendEventsDocument } from "../operations/event.js";
import { claimRunDocument, finishRunDocument, heartbeatRunDocument } from "../operations/run.js";
import { waitingRunsDocument } from "./documents.js";
import { say, think } from "./event.js";
import { type HeldRun, type LiveOptions, rest } from "./live-pace.js";
import { runnersOf } from "./profile.js";
import type { Teller } from "./teller.js";

const completed = { terminalStatus: "COMPLETED" } as const;

/** Hears what a person has said to an agent at work, beside what its own story asks, and says so. */
export async function hearPeople(
  client: GraphClient,
  { runId, leaseToken, runnerId }: HeldRun & { runnerId: string },
  teller: Teller,
): Promise<void> {
  const beat = await client.request(heartbeatRunDocument, {
    input: { runId, leaseToken, runnerId, leaseSeconds: 3_600 },
  });
  for (const { id: commandId, type } of beat.heartbeatRun.pendingCommands) {
    if (type === "ANSWER" || teller.hasAsked(commandId)) continue;
    await client.request(acknowledgeCommandDocument, { input: { commandId, leaseToken } });
    const words =
      type === "INTERRUPT" ? "I pause here, and then go on." : "Understood, I take that into account.";
    await append(client, { runId, leaseToken }, say(words));
    await client.request(finishCommandDocument, { input: { commandId, leaseToken, result: completed } });
  }
}

/** Takes the turns that people ask for in the show's own sessions whose runs have ended, and answers each. */
export async function servePeople(client: GraphClient, options: LiveOptions): Promise<void> {
  const { seed, signal } = options;
  const runnerId = runnersOf(seed)[0]?.id ?? "";
  while (!signal.aborted) {
    await rest(options);
    const { runs } = await client.request(waitingRunsDocument, {});
    const ours = runs.nodes.find(({ session }) => session?.sessionId.startsWith(`seed-${seed}-`));
    if (!ours || signal.aborted) continue;
    try {
      await serve(client, { runId: ours.id, runnerId, command: ours.commands.nodes[0] }, options);
    } catch (error) {
      if (!hasCode(error, "ALREADY_TERMINAL", "RUNNER_LEASE_CONFLICT")) throw error;
    }
  }
}

interface Asked {
  runId: string;
  runnerId: string;
  command: { id: string; text?: string | null } | undefined;
}

async function serve(
  client: GraphClient,
  { runId, runnerId, command }: Asked,
  options: LiveOptions,
): Promise<void> {
  const claimed = await client.request(claimRunDocument, { input: { runId, runnerId, leaseSeconds: 120 } });
  const leaseToken = claimed.claimRun.leaseToken ?? "";
  const held = { runId, leaseToken };
  if (command) {
    const commandId = command.id;
    await client.request(acknowledgeCommandDocument, { input: { commandId, leaseToken } });
    await rest(options);
    await append(client, held, think("Somebody is there. I see what is wanted."));
    await rest(options);
    const asked = (command.text ?? "").slice(0, 200);
    await append(
      client,
      held,
      say(`You asked: “${asked}”. This is a show, so all I can say is that I heard it.`),
    );
    await client.request(finishCommandDocument, { input: { commandId, leaseToken, result: completed } });
  }
  await client.request(finishRunDocument, { input: { ...held, result: completed } });
}

async function append(client: GraphClient, held: HeldRun, event: RunEventInput): Promise<void> {
  await client.request(appendEventsDocument, { input: { ...held, events: [event] } });
}
