import { scaleBand, scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import { whole } from "../comparison.js";
import type { BroadcastFigures } from "./broadcast.js";
import { type Color, type Tick, bar, drawGraph, plot, point, stroke } from "../results/graph.js";
import { type LatencyFigures, isKept } from "./latency.js";
import { type MemoryFigures, idleSubscribers } from "./memory.js";

/** The least share of a bare server's messages, with 1,000 subscribers and more. */
export const targetRatio = 0.8;

/** The most memory of a subscriber. */
export const targetKiB = 12;

/** Bars of the share that the service reaches of what a bare server delivers. */
export function drawBroadcasts(figures: readonly BroadcastFigures[]): string {
  const bars = figures.map(({ subscribers, messages }) => ({
    name: whole(subscribers),
    value: messages.ratio,
    label: messages.ratio.toFixed(2),
  }));
  return drawBars(bars, {
    title: "Broadcast: messages a second, as a share of a bare ws server's",
    xLabel: "subscribers of one run",
    yLabel: "service / bare ws",
    name: "service",
    target: targetRatio,
    targetName: `target from 1,000 subscribers on: ${targetRatio}`,
    least: 1,
  });
}

/** Bars of what an idle subscriber costs. */
export function drawMemory({ service, bare }: MemoryFigures): string {
  const bars = [
    { name: "service", value: service.residentKiB },
    { name: "service: JS heap", value: service.heapKiB },
    { name: "bare ws", value: bare.residentKiB },
    { name: "bare ws: JS heap", value: bare.heapKiB },
  ].map((bar) => ({ ...bar, label: `${bar.value.toFixed(1)} KiB` }));
  return drawBars(bars, {
    title: `Memory of an idle subscriber, with ${whole(idleSubscribers)} of them`,
    xLabel: "server",
    yLabel: "KiB for each subscriber",
    name: "memory",
    target: targetKiB,
    targetName: `target: at most ${targetKiB} KiB resident`,
    least: targetKiB,
  });
}

/** Lines of p50 and p99 over the pace, for each audience, both axes by powers of ten. */
export function drawLatencies(figures: readonly LatencyFigures[]): string {
  const paces = [...new Set(figures.map(({ pace }) => pace))];
  const values = figures.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]);
  const x = scaleLog([Math.min(...paces) / 1.3, Math.max(...paces) * 1.3], [plot.left, plot.right]);
  const y = scaleLog([Math.min(1, ...values), Math.max(100, ...values) * 1.3], [plot.bottom, plot.top]);
  const powers = [0.1, 1, 10, 100, 1_000, 10_000].filter(
    (power) => power >= y.domain()[0]! && power <= y.domain()[1]!,
  );
  const colors: Color[] = ["first", "second"];
  const audiences = [...new Set(figures.map(({ audience }) => audience))];
  const lines = audiences.flatMap((audience, index) => {
    const own = figures.filter((figure) => figure.audience === audience);
    const color = colors[index] ?? "ink";
    return (["p50Ms", "p99Ms"] as const).flatMap((share) => {
      const path = line<LatencyFigures>(
        ({ pace }) => x(pace),
        (figure) => y(figure[share]),
      )(own);
      return [
        stroke(path ?? "", color, share === "p50Ms" ? "line" : "dashed"),
        ...own.map((figure) => point(x(figure.pace), y(figure[share]), color, !isKept(figure))),
      ];
    });
  });
  return drawGraph({
    title: "Latency: from an append to its receipt by each follower",
    xLabel: "events appended a second (log scale)",
    yLabel: "milliseconds (log scale)",
    xTicks: paces.map((pace) => ({ at: x(pace), label: whole(pace) })),
    yTicks: powers.map((power) => ({ at: y(power), label: power.toLocaleString("en-US") })),
    legend: [
      ...audiences.map(({ what }, index) => ({
        label: what,
        mark: "bar" as const,
        color: colors[index] ?? ("ink" as const),
      })),
      { label: "p50", mark: "line", color: "ink" },
      { label: "p99", mark: "dashed", color: "ink" },
      { label: "pace not kept", mark: "hollow", color: "ink" },
    ],
    marks: lines,
  });
}

function drawBars(
  bars: readonly { name: string; value: number; label: string }[],
  words: {
    title: string;
    xLabel: string;
    yLabel: string;
    /** What the bars are. */
    name: string;
    target: number;
    targetName: string;
    /** What the axis reaches in any case. */
    least: number;
  },
): string {
  const x = scaleBand(
    bars.map(({ name }) => name),
    [plot.left, plot.right],
  ).padding(0.5);
  const highest = Math.max(words.least, ...bars.map(({ value }) => value));
  const y = scaleLinear([0, highest * 1.1], [plot.bottom, plot.top]);
  const at = y(words.target);
  const yTicks: Tick[] = y.ticks(6).map((value) => ({ at: y(value), label: String(value) }));
  return drawGraph({
    ...words,
    xTicks: bars.map(({ name }) => ({ at: (x(name) ?? 0) + x.bandwidth() / 2, label: name })),
    yTicks,
    legend: [
      { label: words.name, mark: "bar", color: "first" },
      { label: words.targetName, mark: "target", color: "target" },
    ],
    marks: [
      ...bars.map(({ name, value, label }) =>
        bar({ x: x(name) ?? 0, y: y(value), width: x.bandwidth() }, { color: "first", value: label }),
      ),
      stroke(`M${plot.left} ${at}H${plot.right}`, "target", "target"),
    ],
  });
}
