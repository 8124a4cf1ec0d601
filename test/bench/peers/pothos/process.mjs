/*
 * The graph as one writes it with Yoga, Pothos and Prisma: types of Prisma's models, relations and connections by Pothos' plugins for
 * Prisma and Relay, so that each call selects what it shows; SQL only for what Prisma cannot ask.
 */
import { createServer } from "node:http";
import { createYoga } from "graphql-yoga";
import { answerParent } from "../answer-parent.mjs";
import { openBuilder } from "./builder.mjs";
import { addRuns } from "./run.mjs";
import { addSessions } from "./session.mjs";

answerParent(async ({ databaseUrl, connections, tenantId, readerId }) => {
  const { prisma, builder } = openBuilder({ databaseUrl, connections });
  const Viewer = builder.objectRef("Viewer").implement({
    fields: (t) => ({ tenantId: t.exposeString("tenantId") }),
  });
  builder.queryType({
    fields: (t) => ({
      viewer: t.field({ type: Viewer, resolve: (_root, _args, viewer) => viewer }),
    }),
  });
  addRuns({ prisma, builder });
  addSessions({ prisma, builder });
  const yoga = createYoga({
    schema: builder.toSchema(),
    context: () => ({ tenantId, readerId }),
    graphiql: false,
    logging: "error",
  });
  const server = createServer(yoga);
  await new Promise((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
});
