import SchemaBuilder from "@pothos/core";
import PrismaPlugin from "@pothos/plugin-prisma";
import { getDatamodel } from "@pothos/plugin-prisma/generated";
import RelayPlugin from "@pothos/plugin-relay";
import { PrismaPg } from "@prisma/adapter-pg";
import { GraphQLScalarType } from "graphql";
import { PrismaClient } from "./generated/index.js";

const typenames = { ses: "Session", run: "Run", cmd: "Command" };

/** Opens the database, and a builder with the plugins and scalars; ids name their types themselves, as those of the service do. */
export function openBuilder({ databaseUrl, connections }) {
  const prisma = new PrismaClient({
    adapter: new PrismaPg({ connectionString: databaseUrl, max: connections }),
  });
  const builder = new SchemaBuilder({
    plugins: [PrismaPlugin, RelayPlugin],
    defaultFieldNullability: false,
    prisma: { client: prisma, dmmf: getDatamodel() },
    relay: {
      nodesOnConnection: true,
      encodeGlobalID: (_typename, id) => String(id),
      decodeGlobalID: (id) => ({ typename: typenames[id.slice(0, 3)] ?? "", id }),
    },
  });
  builder.addScalarType(
    "DateTime",
    new GraphQLScalarType({ name: "DateTime", serialize: (instant) => instant.toISOString() }),
  );
  builder.addScalarType("JSON", new GraphQLScalarType({ name: "JSON", serialize: (value) => value }));
  // Versions stay below 2^53.
  builder.addScalarType("SafeInt", new GraphQLScalarType({ name: "SafeInt", serialize: Number }));
  return { prisma, builder };
}
