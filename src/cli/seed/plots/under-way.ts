import { ask, askLeave, say } from "../event.js";
import { type Scene, writeRun } from "../scene.js";
import type { RunStory } from "../story.js";
import { askTurn, claim, completeTurn, work } from "../turn.js";

// These plots leave their last run open.

/** There is a run, and nothing was asked of it yet. */
export function idle(scene: Scene): RunStory[] {
  return [writeRun(scene, 1, [])];
}

/** A turn waits for a runner. */
export function waiting(scene: Scene): RunStory[] {
  return [writeRun(scene, 1, [askTurn("turn-1", scene.work.prompt)])];
}

/** The agent is at work. */
export function working(scene: Scene): RunStory[] {
  const { prompt, look, change } = scene.work;
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, ...change]),
    ]),
  ];
}

/** The agent has asked something, and waits. */
export function asking(scene: Scene): RunStory[] {
  const { prompt, look, question } = scene.work;
  const asked = [say("Before I go on I need one answer."), ask(question.prompt, question.options)];
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, ...asked]),
    ]),
  ];
}

/** The agent asks for permission, and waits. It has asked once before, and was told to go on. */
export function approving(scene: Scene): RunStory[] {
  const { prompt, look, change, approval } = scene.work;
  const goOn = "Yes, go on.";
  return [
    writeRun(scene, 1, [
      claim(scene),
      ...completeTurn(scene, "turn-1", prompt, look, "That is what I found. Shall I change it?"),
      askTurn("turn-2", goOn),
      ...work(scene, "turn-2", goOn, [...change, askLeave(approval)]),
    ]),
  ];
}

/** The last turn is done, and the runner keeps the run for the next one. */
export function paused(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report } = scene.work;
  return [
    writeRun(scene, 1, [
      claim(scene),
      ...completeTurn(scene, "turn-1", prompt, [...look, ...change, ...check], report),
    ]),
  ];
}
