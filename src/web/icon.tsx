/** The strokes of each icon, in a box of 16 by 16. */
const strokes = {
  archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3",
  back: "M10 3 5 8l5 5",
  bell: "M4 11V7a4 4 0 0 1 8 0v4l1 1.5H3zM6.5 14h3",
  branch: "M5 3v10M5 8h4a2 2 0 0 0 2-2V3",
  check: "m3 8.5 3.5 3.5L13 4.5",
  chevron: "m6 4 4 4-4 4",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2 1.3",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2",
  dark: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  down: "M8 3v10m-4-4 4 4 4-4",
  edit: "m3 13 .5-2.5 7-7 2 2-7 7z",
  error: "M8 2 1.8 13h12.4zM8 6.5v3M8 11.2v.3",
  graph: "M3 13V8m5 5V3m5 10V6",
  help: "M6 6a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 11.8v.2",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.5 3.5l.7.7M11.8 11.8l.7.7M12.5 3.5l-.7.7M4.2 11.8l-.7.7",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  link: "M6.5 9.5 9.5 6.5M7 4.5l1-1a3 3 0 0 1 4.5 4.5l-1 1M9 11.5l-1 1A3 3 0 0 1 3.5 8l1-1",
  out: "M6 3H3v10h3M9 5l3 3-3 3M12 8H6",
  pin: "M5.5 2.5h5l-.8 4 2 2.5H4.3l2-2.5zM8 9v4.5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
  send: "M2.5 8h10M8.5 4l4 4-4 4",
  stop: "M4 4h8v8H4z",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.5 5.4v.2",
  terminal: "m3 5 3 3-3 3M8 11.5h5",
  tree: "M4 2.5v9a1 1 0 0 0 1 1h3M4 6.5h4M10 5h3v3h-3zM10 11h3v3h-3z",
  undo: "M5 3 2.5 5.5 5 8M3 5.5h6a4 4 0 0 1 0 8H6",
  up: "M8 13V3M4 7l4-4 4 4",
  unread: "M2.5 4h11v8h-11zM2.5 4.5 8 9l5.5-4.5",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof strokes;

/** A small picture beside words that say the same, or in a button that has a name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={strokes[name]} />
    </svg>
  );
}
