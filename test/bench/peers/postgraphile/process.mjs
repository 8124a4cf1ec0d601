/*
 * The graph as PostGraphile makes it of the database. The relations that the tables have no foreign keys for are told to it, as its
 * documentation shows, by smart tags.
 */
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { pgSmartTags } from "postgraphile/utils";
import { answerParent } from "../answer-parent.mjs";

answerParent(async ({ databaseUrl, connections }) => {
  const server = createServer();
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    plugins: [relations],
    pgServices: [
      makePgService({ connectionString: databaseUrl, schemas: ["public"], poolConfig: { max: connections } }),
    ],
    grafserv: { graphiql: false, websockets: false, watch: false },
    grafast: { explain: false },
  });
  await instance.createServ(grafserv).addTo(server);
  await new Promise((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
});

const relations = pgSmartTags([
  {
    kind: "class",
    match: "session",
    tags: {
      foreignKey: [
        "(tenant_id, last_run_id) references run (tenant_id, id)|@fieldName lastRun",
        "(tenant_id, last_command_id) references command (tenant_id, id)|@fieldName lastCommand",
      ],
    },
  },
  {
    kind: "class",
    match: "run_event",
    tags: { foreignKey: "(tenant_id, run_id) references run (tenant_id, id)|@foreignFieldName events" },
  },
]);
