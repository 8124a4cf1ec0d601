import { useSyncExternalStore } from "react";

/** How often what says "3m" is written anew, in milliseconds. */
const tickMs = 10_000;

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const units: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, "y"],
  [7 * 86_400, "w"],
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
];

/** How long it was, or will be, in its largest unit: `now`, `3m`, `2h`, `5d`. */
export function shortSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  const unit = units.find(([length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[0])}${unit[1]}` : "now";
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** An instant as how long ago it was, kept true while it is shown. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const read = useSyncExternalStore(listen, () => now);
  const date = new Date(at);
  return (
    <time className={className} dateTime={at} title={full.format(date)}>
      {shortSpan(Math.max(read, Date.now()) - date.getTime())}
    </time>
  );
}

/** An instant as the time of its day. */
export function Clock({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time className="clock" dateTime={at} title={full.format(date)}>
      {clock.format(date)}
    </time>
  );
}
