import type { Reporter, TestModule } from "vitest/node";

/** Tells at the end what tests failed with that passed when they were tried again: what is unsteady is to be mended all the same. */
export default class RetriedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const { children, relativeModuleId } of modules)
      for (const test of children.allTests("passed")) {
        const errors = (test.result().errors ?? []).map(({ stack, message, diff }) =>
          [stack ?? message, diff].join("\n"),
        );
        if (errors.length > 0)
          process.stdout.write(
            `\nTried again: ${relativeModuleId} > ${test.fullName}\n${errors.join("\n")}\n`,
          );
      }
  }
}
