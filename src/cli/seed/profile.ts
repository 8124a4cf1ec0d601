import type { RegisterRunnerInput, RunEventInput } from "../../generated/documents/graphql.js";
import type { Tool } from "./event.js";
import type { Random } from "./random.js";

/** The backend profiles that stories use. */
export const profiles = ["codex", "claude", "gemini"] as const;

/** One of {@link profiles}. */
export type Profile = (typeof profiles)[number];

const toolNames: Record<Profile, Record<Tool, string>> = {
  codex: { read: "read_file", search: "grep_files", run: "shell", edit: "apply_patch", fetch: "web_search" },
  claude: { read: "Read", search: "Grep", run: "Bash", edit: "Edit", fetch: "WebFetch" },
  gemini: {
    read: "read_file",
    search: "search_file_content",
    run: "run_shell_command",
    edit: "replace",
    fetch: "web_fetch",
  },
};

const durationsMs: Record<Tool, [number, number]> = {
  read: [2, 60],
  search: [30, 600],
  run: [900, 95_000],
  edit: [4, 40],
  fetch: [250, 4_000],
};

const crews: { letter: string; name: string; serves: Profile[]; region: string }[] = [
  { letter: "a", name: "builder-a", serves: ["codex", "claude"], region: "eu-west" },
  { letter: "b", name: "builder-b", serves: ["claude", "gemini"], region: "eu-west" },
  { letter: "c", name: "builder-c", serves: ["codex", "gemini"], region: "us-east" },
];

/** Gives the runners of a seed, always with the same ids. */
export function runnersOf(seed: number): (RegisterRunnerInput & { id: string })[] {
  return crews.map(({ letter, name, serves, region }) => ({
    id: `rnr_seed-${seed}-${letter}`,
    name,
    backendProfiles: serves,
    attributes: { region, version: "1.14.2", cpus: 4, isolation: "microvm" },
  }));
}

/** Picks a runner of the seed that serves the profile, and gives its id. */
export function pickRunner(seed: number, profile: Profile, random: Random): string {
  const crew = random.pick(crews.filter(({ serves }) => serves.includes(profile)));
  return `rnr_seed-${seed}-${crew.letter}`;
}

/**
 * Gives the events as a backend of this profile tells them. Tools have the names that it uses, and every call has an
 * id and a duration.
 */
export function voice(
  events: readonly RunEventInput[],
  profile: Profile,
  prefix: string,
  random: Random,
): RunEventInput[] {
  return events.map((event, index) => {
    if (event.type !== "TOOL_CALL") return event;
    const payload = event.payload as { name: Tool };
    const durationMs = random.whole(...durationsMs[payload.name]);
    const toolCallId = `call_${prefix}_${index + 1}`;
    return {
      ...event,
      payload: { ...payload, name: toolNames[profile][payload.name], toolCallId, durationMs },
    };
  });
}
