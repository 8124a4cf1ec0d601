import { readFile, writeFile } from "node:fs/promises";
import { printedSchema } from "../graphql/schema.js";
import { print } from "./terminal.js";

/** Prints the schema, writes it to a file, or checks that a file holds it. The exit code is 1 if the file does not. */
export async function schema({ write, check }: { write?: string; check?: string }): Promise<void> {
  const printed = printedSchema();
  if (write !== undefined) await writeFile(write, printed);
  else if (check === undefined) print(printed);
  else if ((await readFile(check, "utf8")) !== printed) {
    throw new Error(`${check} is stale: write it anew with agentrun-graph schema --write ${check}`);
  }
}
