import { fail, say } from "../event.js";
import { type Scene, writeRun } from "../scene.js";
import type { RunStory } from "../story.js";
import { askTurn, claim, endRun, endTurn, work } from "../turn.js";

/** The backend fails, tries again by itself, and fails for good. */
export function failed(scene: Scene): RunStory[] {
  const { prompt, look, change, trouble } = scene.work;
  const result = {
    terminalStatus: "FAILED",
    failureKind: trouble.kind,
    failureMessage: trouble.message,
  } as const;
  const events = [
    ...look,
    fail(trouble.kind, trouble.message, true),
    say("I try once more."),
    ...change,
    fail(trouble.kind, trouble.message, false),
  ];
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, events),
      endTurn(scene, "turn-1", result),
      endRun(result),
    ]),
  ];
}

/** The agent cannot go on without help. */
export function blocked(scene: Scene): RunStory[] {
  const { prompt, look, obstacle } = scene.work;
  const result = { terminalStatus: "BLOCKED", failureMessage: obstacle } as const;
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, say(`I cannot go on alone. ${obstacle}`)]),
      endTurn(scene, "turn-1", result),
      endRun(result),
    ]),
  ];
}

/** A person cancels the run while the agent works. */
export function cancelled(scene: Scene): RunStory[] {
  const { prompt, look, change } = scene.work;
  const reason = scene.random.pick(["not needed any more", "somebody else has done it", "wrong branch"]);
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, ...change]),
      { kind: "cancel-run", reason },
    ]),
  ];
}
