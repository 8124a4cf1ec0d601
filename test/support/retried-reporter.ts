import type { Reporter, TestCase } from "vitest/node";

/** Tells at the end what tests failed with that passed when they were tried again: what is unsteady is to be mended all the same. */
export default class RetriedReporter implements Reporter {
  readonly #retried: TestCase[] = [];

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state === "passed" && errors && errors.length > 0) this.#retried.push(test);
  }

  onTestRunEnd(): void {
    for (const test of this.#retried) {
      const errors = (test.result().errors ?? []).map(({ stack, message, diff }) =>
        [stack ?? message, diff].join("\n"),
      );
      process.stdout.write(
        `\nTried again: ${test.module.relativeModuleId} > ${test.fullName}\n${errors.join("\n")}\n`,
      );
    }
  }
}
