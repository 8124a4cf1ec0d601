import type { RunEventInput, TurnResultInput } from "../../generated/documents/graphql.js";
import { enter, hear, plan, say, think, use } from "./event.js";
import { voice } from "./profile.js";
import type { Scene } from "./scene.js";
import type { Step } from "./story.js";

/**
 * How long a runner of a story holds its run without a heartbeat, in seconds. It is the longest lease that there is.
 */
const leaseSeconds = 3600;

/** The scene's runner takes the run. */
export function claim({ runnerId }: Scene): Step {
  return { kind: "claim", runnerId, leaseSeconds };
}

/** A person asks for a turn, which no runner has taken yet. */
export function askTurn(command: string, prompt: string): Step {
  return { kind: "ask", command, type: "TURN", payload: { prompt } };
}

/** What every agent of a story means to do. */
const steps = ["See why it is so", "Change what has to change", "Try it"] as const;

/** The agent has done all that it meant to. */
export const allDone: RunEventInput = plan(steps, steps.length);

const modelOf = ({ profile }: Scene) => `${profile}-large`;

/** The runner takes a turn and works on it. All that happens is stored as one batch. The turn stays open. */
export function work(
  scene: Scene,
  command: string,
  prompt: string,
  events: readonly RunEventInput[],
): Step[] {
  const opening = [
    enter("turn-started", { model: modelOf(scene) }),
    hear(prompt),
    think("First I see what is there. Nothing is changed before the cause is known."),
    plan(steps, 0),
  ];
  return [{ kind: "acknowledge", command }, tell(scene, command, [...opening, ...events])];
}

/**
 * The agent tells what happens, in one batch. `prefix` keeps the ids of its calls apart from those of other batches.
 */
export function tell(scene: Scene, prefix: string, events: readonly RunEventInput[]): Step {
  return { kind: "append", events: voice(events, scene.profile, prefix, scene.random) };
}

/** A person asks for a turn, and all of it goes well. */
export function completeTurn(
  scene: Scene,
  command: string,
  prompt: string,
  events: readonly RunEventInput[],
  report: string,
): Step[] {
  const inputTokens = scene.random.whole(8_000, 90_000);
  const outputTokens = scene.random.whole(400, 6_000);
  const used = use(modelOf(scene), {
    inputTokens,
    cacheReadTokens: Math.floor(inputTokens * 0.8),
    outputTokens,
    reasoningTokens: Math.floor(outputTokens / 4),
    requests: scene.random.whole(2, 12),
    costUsd: (inputTokens + 5 * outputTokens) / 1e6,
  });
  return [
    askTurn(command, prompt),
    ...work(scene, command, prompt, [...events, allDone, say(report), used, enter("turn-ended")]),
    endTurn(scene, command, { terminalStatus: "COMPLETED" }),
  ];
}

/** The runner ends a turn, and names the thread and the turn that its backend has for it. */
export function endTurn({ name }: Scene, command: string, result: TurnResultInput): Step {
  const threadId = `thread-${name}`;
  return {
    kind: "finish-command",
    command,
    result: { ...result, threadId, turnId: `${threadId}-${command}` },
  };
}

/** The runner ends its run. */
export function endRun(result: TurnResultInput): Step {
  return { kind: "finish-run", result };
}
