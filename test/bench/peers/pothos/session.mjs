import { $Enums } from "./generated/index.js";
import { inboxCounts, inboxIds } from "./inbox.mjs";

/** Sessions, their lists and how they stand with the reader. */
export function addSessions({ prisma, builder }) {
  const SessionExecutionState = builder.enumType($Enums.SessionExecutionState, {
    name: "SessionExecutionState",
  });
  const AttentionReason = builder.enumType($Enums.AttentionReason, { name: "AttentionReason" });
  const AttentionState = builder.enumType("AttentionState", { values: ["ACTIVE", "UNREAD", "READ"] });

  const SessionAttention = builder.objectRef("SessionAttention").implement({
    fields: (t) => ({
      state: t.expose("state", { type: AttentionState }),
      reason: t.expose("reason", { type: AttentionReason }),
      readVersion: t.expose("readVersion", { type: "SafeInt", nullable: true }),
    }),
  });

  builder.prismaNode("Session", {
    id: { field: "id" },
    findUnique: (id, { tenantId }) => ({ tenantId_id: { tenantId, id } }),
    fields: (t) => ({
      sessionId: t.exposeString("name"),
      title: t.exposeString("title", { nullable: true }),
      executionState: t.expose("executionState", { type: SessionExecutionState }),
      lastActivityAt: t.expose("lastActivityAt", { type: "DateTime" }),
      version: t.expose("version", { type: "SafeInt" }),
      lastRun: t.relation("lastRun", { nullable: true }),
      lastCommand: t.relation("lastCommand", { nullable: true }),
      attention: t.field({
        type: SessionAttention,
        select: (_args, { readerId }) => ({
          active: true,
          reason: true,
          version: true,
          readerMarks: { where: { readerId }, select: { readVersion: true } },
        }),
        resolve: ({ active, reason, version, readerMarks: [mark] }) => {
          const readVersion = mark?.readVersion ?? null;
          const isRead = readVersion !== null && readVersion >= version;
          return { state: active ? "ACTIVE" : isRead ? "READ" : "UNREAD", reason, readVersion };
        },
      }),
    }),
  });

  const SessionListState = builder.enumType("SessionListState", { values: ["ALL", "DEFAULT"] });
  const SessionOrder = builder.enumType("SessionOrder", { values: ["LAST_ACTIVITY", "ATTENTION"] });
  const SessionFilter = builder.inputType("SessionFilter", {
    fields: (t) => ({ state: t.field({ type: SessionListState, defaultValue: "DEFAULT" }) }),
  });
  const listed = { parentId: null, removing: false, expired: false };
  const newest = [{ lastActivityAt: "desc" }, { updatedAt: "desc" }, { id: "desc" }];

  builder.queryField("sessions", (t) =>
    t.prismaConnection({
      type: "Session",
      cursor: "tenantId_id",
      defaultSize: 50,
      args: {
        filter: t.arg({ type: SessionFilter, defaultValue: { state: "DEFAULT" } }),
        orderBy: t.arg({ type: SessionOrder, defaultValue: "ATTENTION" }),
      },
      resolve: async (query, _root, { filter, orderBy }, { tenantId, readerId }) => {
        const isDefault = filter.state === "DEFAULT";
        if (!isDefault && orderBy === "LAST_ACTIVITY") {
          return prisma.session.findMany({ ...query, where: { tenantId, ...listed }, orderBy: newest });
        }
        const { cursor, skip = 0, take, ...selection } = query;
        const asked = { tenantId, readerId, isDefault, after: cursor?.tenantId_id.id, skip, take };
        const ids = (await prisma.$queryRaw(inboxIds(asked))).map(({ id }) => id);
        const rows = await prisma.session.findMany({ ...selection, where: { tenantId, id: { in: ids } } });
        const byId = new Map(rows.map((row) => [row.id, row]));
        return ids.map((id) => byId.get(id));
      },
    }),
  );

  const InboxCounts = builder.objectRef("InboxCounts").implement({
    fields: (t) => ({
      active: t.int({ resolve: ({ active }) => Number(active) }),
      unread: t.int({ resolve: ({ unread }) => Number(unread) }),
      read: t.int({ resolve: ({ read }) => Number(read) }),
      needsInput: t.int({ resolve: ({ needsInput }) => Number(needsInput) }),
      total: t.int({ resolve: ({ total }) => Number(total) }),
    }),
  });
  builder.queryField("inboxCounts", (t) =>
    t.field({
      type: InboxCounts,
      resolve: async (_root, _args, { tenantId, readerId }) => {
        const [counts] = await prisma.$queryRaw(inboxCounts({ tenantId, readerId }));
        return counts;
      },
    }),
  );
}
