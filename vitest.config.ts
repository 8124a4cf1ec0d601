import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Vite would take graphql's ES build while the libraries take the other one, and types of two builds never match.
  resolve: {
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/support/retried-reporter.ts"],
    globalSetup: ["test/support/postgres-server.ts"],
    pool: "forks",
    // Files of one worker share what they import: each test has its own database, and nothing else is kept.
    isolate: false,
    // Two more than there are cores: many tests wait for processes that start and stop.
    maxWorkers: availableParallelism() + 2,
    // Enough on the busiest machine: what never comes is what fails. Services of tests look for nothing by themselves.
    expect: { poll: { timeout: 120_000, interval: 15 } },
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
