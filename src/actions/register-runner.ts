import { requireScope } from "../auth/viewer.js";
import { checkId, newId } from "../domain/ids.js";
import type { JsonValue } from "../domain/json-value.js";
import { checkJsonObject } from "../domain/json.js";
import { anothersRunner, mayActAs } from "../domain/runner.js";
import type { RunnerRow } from "../store/row.js";
import { saveRunner } from "../store/runner.js";
import { ensureTenant } from "../store/tenant.js";
import { transaction } from "../store/transaction.js";
import type { Caller } from "./caller.js";
import { takeJson, takeName, takeOptionalName } from "./intake.js";
import { runnerUser } from "./runner.js";

/** The input of {@link registerRunner}. */
export interface RegisterRunnerInput {
  id?: string | null;
  name?: string | null;
  backendProfiles?: readonly string[] | null;
  attributes?: JsonValue | null;
}

/**
 * Registers a runner, which belongs to the caller from now on. If one has this id already, changes what is given of it.
 * Either way it was heard from now. Throws FORBIDDEN if it belongs to another caller.
 */
export async function registerRunner(caller: Caller, input: RegisterRunnerInput): Promise<RunnerRow> {
  requireScope(caller.viewer, "runner");
  const user = runnerUser(caller);
  const runner = {
    callerId: user.callerId,
    id: typeof input.id === "string" ? checkId("runner", input.id, "input.id") : newId("runner"),
    name: takeOptionalName("RegisterRunnerInput.name", input.name),
    backendProfiles:
      input.backendProfiles?.map((name, index) =>
        takeName("RegisterRunnerInput.backendProfiles", name, `input.backendProfiles.${index}`),
      ) ?? null,
    attributes:
      input.attributes === null || input.attributes === undefined
        ? null
        : await takeJson(checkJsonObject(input.attributes, "input.attributes")),
  };
  return transaction(caller.store, async (tx) => {
    await ensureTenant(tx);
    const saved = await saveRunner(tx, runner);
    // Whose it is was read under the row's lock. What is thrown here undoes the change.
    if (!mayActAs(saved.owner, user)) throw anothersRunner(saved.id);
    return saved;
  });
}
