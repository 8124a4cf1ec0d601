// Opens the embedded Postgres in a process of its own; says what it got, and closes it when told so on stdin.
import { createInterface } from "node:readline";

const { openModule, ...options } = JSON.parse(process.argv.at(-1));
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const logs = [];

try {
  const { openEmbedded } = await import(openModule);
  const database = await openEmbedded({ ...options, log: (line) => logs.push(line) });
  const { started, version } = database;
  say({ started, version, url: database.url("postgres"), logs });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== "close") continue;
    await database.close();
    say({ logs });
    break;
  }
  process.exit(0);
} catch (error) {
  say({ error: `${error.name}: ${error.message}`, logs });
  process.exit(1);
}
