/*
 * A tenant of the service beside the model of it, and what its operations share. Every caller has every scope, so that no lease token
 * is needed.
 */
import type { TenantStore } from "../../../src/store/store.js";
import type { Call } from "../start-service.js";
import type { Random } from "../random.js";
import type { Filter } from "./reader.js";
import type { CommandType, Fresh, Model } from "./model.js";

/** The reader to whom all runners belong. */
export const runnerOwner = "ada";

/** A tenant of the service, and what the model says of it. */
export interface World {
  model: Model;
  random: Random;
  calls: ReadonlyMap<string, Call>;
  runnerIds: readonly string[];
  store: TenantStore;
  /** How many sessions of a list the service marks one by one in a transaction. */
  marksAtOnce: number;
  /** What the service says of each session's activity. */
  activity: Map<string, { lastActivityAt: string; updatedAt: string }>;
  /** The service's version for each of the model's. */
  versions: Map<number, number>;
}

export const projects = ["red", "blue"];
export const profiles = ["codex", "claude"];
const searches = ["fix", "PARSE", "the FIX", "%_", "är", "nowhere"];
const reasonSets = [
  ["WORKING", "IDLE"],
  ["NEEDS_INPUT", "NEEDS_APPROVAL"],
  ["FINISHED", "FAILED"],
  ["STALE"],
];

/** A filter that narrows a list to some of the sessions, or holds others than roots. */
export function pickFilter({ random, activity, model }: World): Filter {
  const filters: Filter[] = [
    { reasons: random.pick(reasonSets) },
    { projectId: random.pick(projects) },
    { backendProfile: random.pick(profiles) },
    { search: random.pick(searches) },
    { archived: true },
    { snoozed: true },
    { archived: true, snoozed: true },
    { archived: false, updatedAfter: random.pick([...activity.values()]).updatedAt },
    { level: "ALL" },
    { under: { id: random.pick(model.sessions).id } },
  ];
  return random.chance(0.3) ? { ...random.pick(filters), ...random.pick(filters) } : random.pick(filters);
}

/** Sends a mutation; gives its payload, or the code of its refusal. */
export async function mutate(world: World, name: string, input: object, selection: string, reader = "ada") {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  const call = world.calls.get(reader);
  const answer = await call?.(
    `mutation ($input: ${type}) { payload: ${name}(input: $input) { ${selection} } }`,
    { input },
  );
  return { payload: answer?.data?.payload, code: answer?.errors?.[0]?.extensions["code"] ?? null };
}

/** One of the items: mostly one of those that live; undefined if there is none. */
export function pickLively<Item>({ random }: World, items: readonly Item[], lives: (item: Item) => boolean) {
  const live = items.filter(lives);
  if (items.length === 0) return undefined;
  return live.length > 0 && random.chance(0.9) ? random.pick(live) : random.pick(items);
}

/** A run: mostly one that has not ended. */
export function pickRun(world: World) {
  const run = pickLively(world, world.model.runs, ({ status }) => status !== "ENDED");
  if (!run) throw new Error("there is no run yet");
  return run;
}

/** What the service has begun of which the model does not know yet, but for the command of this id. */
export async function findFresh({ model, store }: World, commandId?: string): Promise<Fresh> {
  const { rows: runs } = await store.pool.query<{ id: string; resumesId: string | null }>(
    `SELECT id, resumes_id AS "resumesId" FROM run WHERE tenant_id = $1 AND id <> ALL($2)`,
    [store.tenantId, model.runs.map(({ id }) => id)],
  );
  const { rows: commands } = await store.pool.query<{ id: string; runId: string; type: CommandType }>(
    `SELECT id, run_id AS "runId", type FROM command WHERE tenant_id = $1 AND id <> ALL($2)`,
    [store.tenantId, [...model.commands.map(({ id }) => id), commandId ?? ""]],
  );
  return { runs, commands };
}
