import WebSocket from "ws"; // before Node 22
import { createClient, createRunner } from "agentrun-graph/client";

const [url = "", profile = ""] = process.argv.slice(2);
const client = createClient({ url, webSocket: WebSocket });
const runner = createRunner(client, { backendProfiles: [profile] });
for await (const run of runner.runs()) {
  for await (const command of run.commands()) {
    if (command.type !== "TURN") continue;
    // By the requestId what an earlier holder of the run asked goes on.
    const ask = { requestId: command.id, kind: "approval", prompt: `May I ${command.text}?` };
    const answer = await run.ask({ ...ask, choices: ["now", "tonight"] });
    const draft = run.draft("ASSISTANT_MESSAGE"); // shows the text while it is being made
    const text = `${answer.decision}: ${answer.choiceIds.join()}`;
    for (const word of text.split(/(?<= )/)) draft.write(word);
    await draft.end();
    await run.append({ type: "ASSISTANT_MESSAGE", payload: { text, streamId: draft.streamId } });
    await run.finishCommand(command.id);
    await run.finish();
  }
  break; // or take the next run
}
