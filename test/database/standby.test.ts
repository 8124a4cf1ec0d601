import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openEmbedded } from "../../src/database/embedded/open.js";
import { applyMigrations } from "../../src/database/migration/apply.js";
import { reach } from "../../src/database/reach.js";
import { createFolder } from "../support/embedded/folder.js";
import { query } from "../support/embedded/server.js";
import { startService } from "../support/start-service.js";
import { createRun } from "../support/work.js";

test("while the server is a standby calls are refused as UNAVAILABLE, and a service that starts waits", async () => {
  const dataDir = await createFolder();
  const open = () => openEmbedded({ dataDir, log: () => {} });
  let server = await open();
  onTestFinished(() => server.close());
  const url = server.url("postgres");
  await applyMigrations(url);
  await using service = await startService({ databaseUrl: url });
  const runId = await createRun(service);

  await server.close();
  await writeFile(join(dataDir, "postgres", "standby.signal"), "");
  server = await open();
  const read = `query { run(id: "${runId}") { id } }`;
  for (const document of [read, `mutation { cancelRun(input: { runId: "${runId}" }) { run { id } } }`]) {
    const { errors } = await service.call(document);
    expect(errors?.[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", retryable: true, httpStatus: 503 });
  }
  let promoted: Promise<unknown> | undefined;
  await reach(url, (told) => {
    expect(told).toMatch(
      /^waiting up to 30 s for database postgres on .*: the server is a standby, which takes no writes$/,
    );
    promoted = query(url, "SELECT pg_promote()");
  });
  await promoted;

  expect(await service.ask(read)).toEqual({ run: { id: runId } });
  await createRun(service);
});
