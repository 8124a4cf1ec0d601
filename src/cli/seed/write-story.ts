import { choosePlot, orderFirstPlots } from "./plot.js";
import { completed } from "./plots/ending-well.js";
import { failed } from "./plots/ending-badly.js";
import { createRandom } from "./random.js";
import { setScene, setTimedScene } from "./scene.js";
import type { Story } from "./story.js";

/** Writes the story with this number, counted from 0. It is always the same for the same seed. */
export function writeStory(seed: number, number: number): Story {
  const scene = setScene(seed, number);
  const plot = choosePlot(number, orderFirstPlots(createRandom(seed, 0, 3)), scene.random);
  const timed = setTimedScene(seed, number);
  const beside = timed === null ? [] : timed.random.chance(0.75) ? completed(timed) : failed(timed);
  return { name: scene.name, runs: [...plot(scene), ...beside] };
}
