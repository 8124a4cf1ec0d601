/** A picture's size and the plot in it, in pixels. */
export const plot = { width: 720, height: 400, left: 76, right: 696, top: 84, bottom: 336 };

/** What a graph is drawn of; marks are SVG of the caller's own, at the places that its scales gave. */
export interface Graph {
  title: string;
  xLabel: string;
  /** With its unit. */
  yLabel: string;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  legend: readonly { label: string; mark: "bar" | "line" | "dashed" | "target" | "hollow"; color: Color }[];
  marks: readonly string[];
}

/** A place on an axis, in pixels, and what stands there. */
export interface Tick {
  at: number;
  label: string;
}

/** The service, what stands beside it, and what neither is. */
export type Color = "first" | "second" | "target" | "ink";

/** Its own background and colours of both modes, since an image does not know the page that it is on. */
const style = `
  svg { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; --first: #0969da; --second: #bc4c00; --target: #1a7f37; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --grid: #2f353d; --first: #58a6ff; --second: #f0883e; --target: #3fb950; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 16px; font-weight: 600; }
  .soft { fill: var(--soft); }
  .paper { fill: var(--paper); }
  .grid { stroke: var(--grid); }
  .line { fill: none; stroke-width: 2; }
  .dashed { stroke-dasharray: 6 4; }
  .target { stroke-dasharray: 3 3; }`;

/** An SVG document with title, axes and legend. */
export function drawGraph({ title, xLabel, yLabel, xTicks, yTicks, legend, marks }: Graph): string {
  const { height, left, right, top, bottom } = plot;
  const middle = (top + bottom) / 2;
  return pictureOf(title, height, [
    text(left, 30, title, { anchor: "start", classes: "title" }),
    ...drawLegend(legend),
    ...yTicks.map(({ at }) => `<path class="grid" d="M${left} ${round(at)}H${right}"/>`),
    ...yTicks.map(({ at, label }) => text(left - 8, at + 4, label, { anchor: "end", classes: "soft" })),
    ...xTicks.map(({ at, label }) => text(at, bottom + 20, label, { classes: "soft" })),
    text((left + right) / 2, bottom + 46, xLabel),
    `<g transform="translate(22 ${middle}) rotate(-90)">${text(0, 0, yLabel)}</g>`,
    ...marks,
  ]);
}

/** An SVG document of this height that shows these marks. */
export function pictureOf(title: string, height: number, marks: readonly string[]): string {
  const { width } = plot;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    ...marks,
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Text at a place; centred where nothing else is said. */
export function text(
  x: number,
  y: number,
  words: string,
  { anchor = "middle", classes = "" }: { anchor?: "start" | "middle" | "end"; classes?: string } = {},
): string {
  const named = classes === "" ? "" : ` class="${classes}"`;
  return `<text${named} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(words)}</text>`;
}

/** A bar from the ground up, with its value above it. */
export function bar(
  place: { x: number; y: number; width: number },
  { color, value }: { color: Color; value: string },
): string {
  const { x, y, width } = place;
  const shape = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(plot.bottom - y)}"`;
  return `<rect ${shape} rx="2" fill="var(--${color})"/>${text(x + width / 2, y - 6, value)}`;
}

/** A line along a path. */
export function stroke(path: string, color: Color, kind: "line" | "dashed" | "target"): string {
  return `<path class="line ${kind}" stroke="var(--${color})" d="${path}"/>`;
}

/** A point, hollow or full. */
export function point(x: number, y: number, color: Color, hollow: boolean): string {
  const fill = hollow ? "var(--paper)" : `var(--${color})`;
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4" stroke="var(--${color})" stroke-width="2" fill="${fill}"/>`;
}

function drawLegend(legend: Graph["legend"]): string[] {
  let x = plot.left - 30;
  return legend.map(({ label, mark, color }) => {
    const start = x;
    x += 44 + label.length * 6.7;
    const sign =
      mark === "bar"
        ? `<rect x="${round(start)}" y="47" width="16" height="12" rx="2" fill="var(--${color})"/>`
        : mark === "hollow"
          ? point(start + 8, 53, color, true)
          : stroke(`M${round(start)} 53h20`, color, mark);
    return sign + text(start + 26, 57, label, { anchor: "start" });
  });
}

function round(place: number): string {
  return String(Math.round(place * 10) / 10);
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
