import type { CreateRunInput } from "../../generated/documents/graphql.js";
import { type Profile, pickRunner, profiles } from "./profile.js";
import { writeBundle, writeMetadata } from "./project.js";
import { type Random, createRandom } from "./random.js";
import type { RunStory, Step } from "./story.js";
import type { Work } from "./task.js";
import { tasks } from "./tasks.js";

/** How many sessions share one shuffling of the tasks. One run without a session is told in each such group. */
const dozen = 12;

/** All that a plot needs to tell its runs: the work, the profile and runner that do it, and the session. */
export interface Scene {
  /** The session's name. Idempotency keys begin with it. */
  name: string;
  work: Work;
  profile: Profile;
  runnerId: string;
  random: Random;
  /** The session in the form that createRun takes. Null for a scene without a session. */
  session: NonNullable<CreateRunInput["session"]> | null;
}

/** Makes the scene of the session with this number, counted from 0. */
export function setScene(seed: number, number: number): Scene {
  const random = createRandom(seed, number);
  const order = createRandom(seed, Math.floor(number / dozen), 1).shuffle(tasks);
  const work = (order[number % dozen] ?? random.pick(tasks))(random);
  const name = `seed-${seed}-${String(number + 1).padStart(4, "0")}-${work.slug}`;
  const session = {
    sessionId: name,
    conversationId: random.chance(0.7) ? `conversation-${seed}-${number + 1}` : null,
    metadata: writeMetadata(work.projectId, work.title, random),
  };
  return { ...staff(seed, random), name, work, random, session };
}

/** Makes the scene of a run that a timer begins, without a session. Only one in every dozen numbers has one. */
export function setTimedScene(seed: number, number: number): Scene | null {
  if (number % dozen !== 7) return null;
  const random = createRandom(seed, number, 2);
  const work = random.pick(tasks)(random);
  const name = `seed-${seed}-${String(number + 1).padStart(4, "0")}-timed`;
  return { ...staff(seed, random), name, work, random, session: null };
}

/** Makes a run of the scene. `part` counts the scene's runs from 1. */
export function writeRun(
  { name, work, profile, random, session }: Scene,
  part: number,
  steps: readonly Step[],
): RunStory {
  return {
    create: {
      projectId: work.projectId,
      backendProfile: profile,
      session,
      resourceBundle: random.chance(0.8) ? writeBundle(work.projectId, random) : null,
      metadata: session ? { part } : { title: `Nightly: ${work.title}`, schedule: "15 3 * * *" },
      idempotencyKey: `${name}-run-${part}`,
    },
    steps,
  };
}

function staff(seed: number, random: Random): { profile: Profile; runnerId: string } {
  const profile = random.pick(profiles);
  return { profile, runnerId: pickRunner(seed, profile, random) };
}
