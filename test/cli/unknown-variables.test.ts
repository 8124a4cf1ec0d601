import { expect, it } from "vitest";
import { findUnknownVariables } from "../../src/cli/unknown-variables.js";
import { variableNames } from "../../src/server/config.js";

it.each([
  ["DATABSE_URL", "DATABASE_URL"],
  ["DATABASE_URI", "DATABASE_URL"],
  ["database_url", "DATABASE_URL"],
  ["AUTH_SECERT", "AUTH_SECRET"],
  ["AUTH_JWKS_URI", "AUTH_JWKS_URL"],
  ["LIMIT_TOKEN", "LIMIT_TOKENS"],
  ["CORS_ORIGIN", "CORS_ORIGINS"],
  ["LOGLEVEL", "LOG_LEVEL"],
  ["PORTS", "PORT"],
  ["BACKEND", "BACKENDS"],
  ["AGENTRUN_DATADIR", "AGENTRUN_DATA_DIR"],
  ["AUTH_PASSWORD_OF_SOMETHING", null],
  ["LIMIT_MEMORY", null],
  ["AGENTRUN_", null],
])("%s is told, with %s", (name, meant) => {
  expect(findUnknownVariables({ [name]: "any" })).toEqual([{ name, meant }]);
});

it("what is known, what is set rightly beside it, and what others need is not told", () => {
  const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "any"]));
  expect(findUnknownVariables(set(variableNames))).toEqual([]);
  const others =
    "PATH HOME USER SHELL TERM LANG PWD OLDPWD HOSTNAME LOGNAME EDITOR TZ TMPDIR NODE_OPTIONS PGHOST PGPORT REDIS_URL " +
    "HTTP_PROXY http_proxy no_proxy SSH_AUTH_SOCK XAUTHORITY DBUS_SESSION_BUS_ADDRESS KUBERNETES_PORT CI npm_config_cache " +
    "AGENTRUN_URL AGENTRUN_TOKEN AGENTRUN_TASK_ID AGENTRUN_TEST_SERVER_URL";
  expect(findUnknownVariables(set(others.split(" ")))).toEqual([]);
  expect(findUnknownVariables(set(["BACKENDS", "BACKEND"]))).toEqual([]);
});
