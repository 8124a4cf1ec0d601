import { scaleLinear } from "d3-scale";
import { type Figure, whole } from "../comparison.js";
import { pictureOf, stroke, text } from "./graph.js";
import { type Section, composeTable } from "./results.js";

/** Makes the section of a bench whose lines are ratios to a floor: a picture, and the table of it. */
export function sectionOfRatios(
  { name, title, floor }: { name: string; title: string; floor: string },
  figures: readonly Figure[],
): Section {
  const file = `${name}.svg`;
  const table = composeTable(
    ["", "service", floor, "ratio", "wanted"],
    figures.map(({ what, unit, ours, floor: least, ratio, target }) => [
      what,
      `${whole(ours)} ${unit}`,
      `${whole(least)} ${unit}`,
      ratio.toFixed(2),
      target === undefined ? "" : String(target),
    ]),
  );
  const graph = drawRatios(`${title}: the service's rate, of ${floor}`, figures);
  return { name, title, parts: [`![${title}](graphs/${file})`, table], graphs: { [file]: graph } };
}

const rowHeight = 44;
const top = 72;
const [left, right] = [24, 640];

/** Draws a bar for each ratio, one below another, with a mark where the wanted one is. */
function drawRatios(title: string, figures: readonly Figure[]): string {
  const most = Math.max(1.5, ...figures.map(({ target = 0 }) => target * 1.2));
  // A bar that is far longer than what is wanted goes to the edge.
  const x = scaleLinear([0, most], [left, right]).clamp(true);
  const height = top + figures.length * rowHeight + 16;
  const rows = figures.flatMap(({ what, ratio, target }, index) => {
    const y = top + index * rowHeight;
    const mark = target === undefined ? [] : [stroke(`M${x(target)} ${y + 4}v22`, "target", "line")];
    return [
      text(left, y, what, { anchor: "start" }),
      `<rect x="${left}" y="${y + 8}" width="${(x(ratio) - left).toFixed(1)}" height="14" rx="2" fill="var(--first)"/>`,
      ...mark,
      text(Math.max(x(ratio), target === undefined ? 0 : x(target)) + 8, y + 20, ratio.toFixed(2), {
        anchor: "start",
      }),
    ];
  });
  return pictureOf(title, height, [
    text(left, 26, title, { anchor: "start", classes: "title" }),
    text(left, 46, "the green mark is what is wanted; 1 is as fast as the floor", {
      anchor: "start",
      classes: "soft",
    }),
    `<path class="grid" d="M${x(1)} ${top - 8}V${height - 16}"/>`,
    ...rows,
  ]);
}
