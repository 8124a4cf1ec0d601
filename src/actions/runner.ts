import { mayDo } from "../auth/viewer.js";
import { notFound } from "../domain/errors.js";
import { type RunnerUser, anothersRunner, mayActAs } from "../domain/runner.js";
import { findRunners, touchRunner } from "../store/runner.js";
import type { TenantClient } from "../store/statement.js";
import type { Tx } from "../store/tx.js";
import type { Caller } from "./caller.js";

/** Gives the caller in the form that the domain's rule takes. */
export function runnerUser({ viewer }: Caller): RunnerUser {
  return { callerId: viewer.callerId, operator: mayDo(viewer, "operator") };
}

/**
 * Throws FORBIDDEN if the runner belongs to another caller. Asked before anything is told of what the runner would hold,
 * or done to it. A missing runner passes: {@link actAs} refuses it. Inside a transaction it is read through that.
 */
export async function assertMayActAs(
  caller: Caller,
  runnerId: string,
  client: TenantClient = caller.store,
): Promise<void> {
  const [runner] = await findRunners(client, [runnerId]);
  if (runner && !mayActAs(runner.owner, runnerUser(caller))) throw anothersRunner(runnerId);
}

/**
 * Notes that the runner was heard from, and for how long it counts as online. A runner that belongs to nobody is the
 * caller's from now on. Throws NOT_FOUND if there is no such runner, and FORBIDDEN if it belongs to another caller.
 */
export async function actAs(tx: Tx, caller: Caller, runnerId: string, leaseSeconds: number): Promise<void> {
  const user = runnerUser(caller);
  const runner = await touchRunner(tx, { runnerId, leaseSeconds, callerId: user.callerId });
  if (!runner) throw notFound("runner", runnerId);
  // Whose it is was read under the row's lock. What is thrown here undoes the touch.
  if (!mayActAs(runner.owner, user)) throw anothersRunner(runnerId);
}
