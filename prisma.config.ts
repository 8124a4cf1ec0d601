import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "prisma-cli/config";

// `prisma generate` asks for a schema engine that it then never runs; naming any executable spares the download.
process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= process.execPath;

const schema = "prisma/schema.prisma";

export default defineConfig({
  // Everything but the client is made from the schema itself, the migrations above all.
  schema: process.argv.includes("generate") ? writeClientSchema("src/generated") : schema,
  migrations: { path: "prisma/migrations" },
});

/**
 * Writes the schema that the client is generated from, and gives its path: the same tables, with instants as text, since a
 * Date would cut their microseconds, and with bigint as a number, since versions and positions stay below 2^53.
 */
function writeClientSchema(folder: string): string {
  const path = `${folder}/schema.prisma`;
  const text = readFileSync(schema, "utf8")
    .replaceAll(/^( +\w+ +)DateTime\b(.*)$/gm, (_line, field: string, rest: string) => {
      const attributes = rest
        .replace("@default(now())", '@default(dbgenerated("now()"))')
        .replace(" @db.Timestamptz(6)", "");
      return `${field}String${attributes}`;
    })
    .replaceAll(/^( +\w+ +)BigInt\b/gm, "$1Float")
    .replace('"../src/generated/prisma"', '"./prisma"');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}
