/** Gives something to wait for where the work should pause. */
export type Pause = () => Promise<void> | undefined;

/** Runs work to its end; `pause` is asked after each of its steps. */
export async function runInSteps<Result>(steps: Generator<void, Result>, pause: Pause): Promise<Result> {
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    const rest = pause();
    if (rest) await rest;
  }
  return step.value;
}

/** Runs work to its end without a pause. */
export function runAtOnce<Result>(steps: Generator<void, Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
