/** How many are new, and how many were there already. */
interface Count {
  made: number;
  found: number;
}

/** What a seed has made, and what it found there already. */
export type Tally = Record<"sessions" | "runs" | "commands" | "events", Count>;

/** Makes an empty tally. */
export function createTally(): Tally {
  const nothing = () => ({ made: 0, found: 0 });
  return { sessions: nothing(), runs: nothing(), commands: nothing(), events: nothing() };
}

/** Adds to a count. */
export function count(total: Count, { made, found }: Count): void {
  total.made += made;
  total.found += found;
}

/** Writes a tally as a table for people. */
export function formatTally(tally: Tally): string {
  return Object.entries(tally)
    .map(([noun, { made, found }]) => {
      const already = found === 0 ? "" : `, ${found.toLocaleString("en")} were there already`;
      return `  ${noun.padEnd(10)}${made.toLocaleString("en").padStart(9)} new${already}`;
    })
    .join("\n");
}
