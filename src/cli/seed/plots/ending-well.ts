import { ask, enter, fail, hear, say } from "../event.js";
import { type Scene, writeRun } from "../scene.js";
import type { RunStory } from "../story.js";
import { allDone, askTurn, claim, completeTurn, endRun, endTurn, tell, work } from "../turn.js";

const done = endRun({ terminalStatus: "COMPLETED" });

/** The agent does its work in one turn. */
export function completed(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report } = scene.work;
  const [asked, ...rest] = completeTurn(scene, "turn-1", prompt, [...look, ...change, ...check], report);
  return [writeRun(scene, 1, [...(asked ? [asked] : []), claim(scene), ...rest, done])];
}

/** One run has one or two turns. In the first the agent asks something, and goes on with the answer. */
export function conversed(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report, question, next } = scene.work;
  const steps = [
    askTurn("turn-1", prompt),
    claim(scene),
    ...work(scene, "turn-1", prompt, [...look, ask(question.prompt, question.options)]),
    { kind: "answer", decision: "ANSWERED", comment: question.answer } as const,
    tell(scene, "turn-1-more", [...change, ...check, allDone, say(report)]),
    endTurn(scene, "turn-1", { terminalStatus: "COMPLETED" }),
    ...(scene.random.chance(0.7) ? completeTurn(scene, "turn-2", next.prompt, next.events, next.report) : []),
    done,
  ];
  return [writeRun(scene, 1, steps)];
}

/** A person adds something while the agent works. */
export function steered(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report, steer } = scene.work;
  const heard = [hear(steer), say("Understood, I take that into account from here on.")];
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, look),
      { kind: "ask", command: "steer-1", type: "STEER", payload: { prompt: steer } },
      { kind: "acknowledge", command: "steer-1" },
      tell(scene, "steer-1", [...heard, ...change]),
      { kind: "finish-command", command: "steer-1", result: { terminalStatus: "COMPLETED" } },
      tell(scene, "turn-1-more", [...check, allDone, say(report)]),
      endTurn(scene, "turn-1", { terminalStatus: "COMPLETED" }),
      done,
    ]),
  ];
}

/** A person stops a turn that goes the wrong way, and asks again. */
export function interrupted(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report, steer } = scene.work;
  const again = `Stop, not like that. ${steer}`;
  return [
    writeRun(scene, 1, [
      claim(scene),
      askTurn("turn-1", prompt),
      ...work(scene, "turn-1", prompt, look),
      { kind: "ask", command: "interrupt-1", type: "INTERRUPT", payload: { reason: "wrong direction" } },
      { kind: "acknowledge", command: "interrupt-1" },
      tell(scene, "interrupt-1", [enter("interrupted"), say("Stopped. Nothing has been changed.")]),
      { kind: "finish-command", command: "interrupt-1", result: { terminalStatus: "COMPLETED" } },
      endTurn(scene, "turn-1", {
        terminalStatus: "CANCELLED",
        failureKind: "CANCELLED",
        failureMessage: "interrupted by a person",
      }),
      ...completeTurn(scene, "turn-2", again, [...change, ...check], report),
      done,
    ]),
  ];
}

/** A first run fails. A second one of the same session brings the work to its end. */
export function resumed(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report, trouble, next } = scene.work;
  const result = {
    terminalStatus: "FAILED",
    failureKind: trouble.kind,
    failureMessage: trouble.message,
  } as const;
  const goOn = "That broke off. Please go on where you were.";
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, fail(trouble.kind, trouble.message, false)]),
      endTurn(scene, "turn-1", result),
      endRun(result),
    ]),
    writeRun(scene, 2, [
      claim(scene),
      ...completeTurn(scene, "turn-1", goOn, [...change, ...check], report),
      ...(scene.random.chance(0.5)
        ? completeTurn(scene, "turn-2", next.prompt, next.events, next.report)
        : []),
      done,
    ]),
  ];
}

/** A person cancels a turn before any runner has taken it, and asks again, better. */
export function withdrawn(scene: Scene): RunStory[] {
  const { prompt, look, change, check, report } = scene.work;
  return [
    writeRun(scene, 1, [
      askTurn("turn-0", prompt.slice(0, 24)),
      { kind: "cancel-command", command: "turn-0", reason: "sent too early" },
      claim(scene),
      ...completeTurn(scene, "turn-1", prompt, [...look, ...change, ...check], report),
      done,
    ]),
  ];
}
