import { askLeave, say } from "./event.js";
import type { Plot } from "./plot.js";
import { blocked, cancelled, failed } from "./plots/ending-badly.js";
import { completed, conversed, steered } from "./plots/ending-well.js";
import { setScene, writeRun } from "./scene.js";
import type { RunStory } from "./story.js";
import { allDone, askTurn, claim, endRun, endTurn, tell, work } from "./turn.js";

/** The agent asks for permission, and goes on with it. */
const allowed: Plot = (scene) => {
  const { prompt, look, change, check, report, approval } = scene.work;
  return [
    writeRun(scene, 1, [
      askTurn("turn-1", prompt),
      claim(scene),
      ...work(scene, "turn-1", prompt, [...look, askLeave(approval)]),
      { kind: "answer", decision: "APPROVED", comment: "Go on." },
      tell(scene, "turn-1-more", [...change, ...check, allDone, say(report)]),
      endTurn(scene, "turn-1", { terminalStatus: "COMPLETED" }),
      endRun({ terminalStatus: "COMPLETED" }),
    ]),
  ];
};

/** What happens in turn: something that needs a person comes early and often. */
const plots: readonly Plot[] = [
  completed,
  conversed,
  allowed,
  failed,
  completed,
  allowed,
  steered,
  conversed,
  blocked,
  cancelled,
];

/** Every how many stories an agent has another one below it. */
const withHelper = 4;

/**
 * Writes the story with this number, counted from 0, as runs that are told at the same time: the agent's own, and now and then one
 * of a sub-agent's session below it. Each comes to an end.
 */
export function writeLiveStory(seed: number, number: number): RunStory[] {
  const scene = setScene(seed, 2 * number);
  const own = (plots[number % plots.length] ?? completed)(scene);
  if (number % withHelper !== withHelper - 1) return own;
  const helper = setScene(seed, 2 * number + 1);
  const session = helper.session && { ...helper.session, parent: { sessionId: scene.name } };
  // A tree stands in one project.
  const work = { ...helper.work, projectId: scene.work.projectId };
  return [...own, ...completed({ ...helper, work, session })];
}
