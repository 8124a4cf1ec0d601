// A runner that asks a person before it works, waits, and goes on with the answer.
import { randomUUID } from "node:crypto";
import WebSocket from "ws"; // before Node 22
import { createClient } from "agentrun-graph/client";
const [url = "", profile = ""] = process.argv.slice(2);
const client = createClient({ url, webSocket: WebSocket });
async function call(field: string, type: string, input: object, selection: string) {
  const text = `mutation ($input: ${type}!) { it: ${field}(input: $input) { ${selection} } }`;
  return (await client.request<{ it: Record<string, any> }, object>(text, { input })).it;
}
const { runner } = await call("registerRunner", "RegisterRunnerInput", { backendProfiles: [profile] }, "runner { id }");
const wanted = { runnerId: runner.id, idempotencyKey: randomUUID() };
const { run, leaseToken } = await call("claimNextRun", "ClaimNextRunInput", wanted, "run { id } leaseToken");
if (!run) process.exit(0);
const held = { runId: run.id, leaseToken };
const beat = () => call("heartbeatRun", "HeartbeatRunInput", { ...held, runnerId: runner.id }, "cancelRequested");
const beating = setInterval(() => void beat().catch(console.error), 20_000);
async function append(type: string, payload: object) {
  await call("appendEvents", "AppendEventsInput", { ...held, idempotencyKey: randomUUID(), events: [{ type, payload }] }, "lastSeq");
}
const commands = `subscription ($runId: ID!, $after: String) {
  runCommands(runId: $runId, after: $after) { cursor commands { id type state text payload } } }`;
type Batch = { runCommands: { cursor: string; commands: { id: string; type: string; state: string; text: string; payload: any }[] } };
let turn = "";
const variables: { runId: string; after?: string } = { runId: run.id };
for await (const { runCommands } of client.follow<Batch, typeof variables>(commands, variables, (data) => data.runCommands.cursor)) {
  // A turn that an earlier holder took and did not end is ACKNOWLEDGED; by its requestId what that one asked goes on.
  const isAsked = (it: { type: string; state: string }) => it.state === "PENDING" || (it.type === "TURN" && it.state === "ACKNOWLEDGED");
  for (const { id, type, text, payload } of runCommands.commands.filter(isAsked)) {
    await call("acknowledgeCommand", "AcknowledgeCommandInput", { commandId: id, leaseToken }, "command { id }");
    if (type === "TURN") await append("INPUT_REQUEST", { requestId: id, kind: "approval", prompt: `May I ${text}?`, choices: ["now", "tonight"] });
    if (type === "TURN") turn = id;
    if (type !== "ANSWER") continue;
    await append("ASSISTANT_MESSAGE", { text: `${payload.decision}: ${payload.choiceIds.join()}` });
    const result = { terminalStatus: "COMPLETED" };
    await call("finishCommand", "FinishCommandInput", { commandId: turn, leaseToken, result }, "command { id }");
    await call("finishRun", "FinishRunInput", { ...held, result }, "run { id }");
  }
}
clearInterval(beating);
