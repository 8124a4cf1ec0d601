import { completed, conversed, interrupted, resumed, steered, withdrawn } from "./plots/ending-well.js";
import { blocked, cancelled, failed } from "./plots/ending-badly.js";
import { approving, asking, idle, paused, waiting, working } from "./plots/under-way.js";
import type { Random } from "./random.js";
import type { Scene } from "./scene.js";
import type { RunStory } from "./story.js";

/** Tells how the work of a scene goes: gives the runs that come of it, oldest first. */
export type Plot = (scene: Scene) => RunStory[];

/** Each of these happens once in the first dozen sessions, so that a small seed already shows most of them. */
const firstDozen: readonly Plot[] = [
  completed,
  completed,
  conversed,
  steered,
  interrupted,
  resumed,
  asking,
  approving,
  idle,
  failed,
  blocked,
  cancelled,
];

/** About how many of a hundred sessions after the first dozen follow each plot. */
const shares: readonly [number, Plot][] = [
  [34, completed],
  [20, conversed],
  [9, steered],
  [5, interrupted],
  [7, resumed],
  [3, withdrawn],
  [6, failed],
  [3, blocked],
  [4, cancelled],
  [2, asking],
  [2, approving],
  [2, working],
  [1, waiting],
  [1, paused],
  [1, idle],
];

/** Chooses the plot of the session with this number, counted from 0. */
export function choosePlot(number: number, firstOrder: readonly Plot[], random: Random): Plot {
  const first = firstOrder[number];
  if (first) return first;
  let place = random.next() * shares.reduce((sum, [share]) => sum + share, 0);
  for (const [share, plot] of shares) {
    place -= share;
    if (place < 0) return plot;
  }
  return completed;
}

/** Puts the plots of the first sessions of a seed in the order that `random` gives. */
export function orderFirstPlots(random: Random): Plot[] {
  return random.shuffle(firstDozen);
}
