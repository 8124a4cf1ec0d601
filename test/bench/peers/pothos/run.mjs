import { $Enums } from "./generated/index.js";

/** Runs, their events, and commands. */
export function addRuns({ prisma, builder }) {
  const RunStatus = builder.enumType($Enums.RunStatus, { name: "RunStatus" });
  const RunEventType = builder.enumType($Enums.RunEventType, { name: "RunEventType" });
  const CommandState = builder.enumType($Enums.CommandState, { name: "CommandState" });

  builder.prismaNode("Run", {
    id: { field: "id" },
    findUnique: (id, { tenantId }) => ({ tenantId_id: { tenantId, id } }),
    fields: (t) => ({
      status: t.expose("status", { type: RunStatus }),
      events: t.relatedConnection("events", {
        cursor: "tenantId_runId_seq",
        defaultSize: 50,
        query: { orderBy: { seq: "asc" } },
      }),
    }),
  });

  builder.prismaObject("RunEvent", {
    fields: (t) => ({
      id: t.id({ resolve: ({ runId, seq }) => `evt_${runId.slice(4)}${seq.toString(16).padStart(8, "0")}` }),
      seq: t.exposeInt("seq"),
      type: t.expose("type", { type: RunEventType }),
      payload: t.expose("payload", { type: "JSON" }),
      createdAt: t.expose("createdAt", { type: "DateTime" }),
    }),
  });

  builder.prismaNode("Command", {
    id: { field: "id" },
    findUnique: (id, { tenantId }) => ({ tenantId_id: { tenantId, id } }),
    fields: (t) => ({ state: t.expose("state", { type: CommandState }) }),
  });

  builder.queryField("run", (t) =>
    t.prismaField({
      type: "Run",
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (query, _root, { id }, { tenantId }) =>
        prisma.run.findUnique({ ...query, where: { tenantId_id: { tenantId, id: String(id) } } }),
    }),
  );
}
