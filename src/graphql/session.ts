import { resolveSession } from "../actions/session.js";
import type { SessionRow } from "../store/row.js";
import { builder } from "./builder.js";
import { FailureKind, SessionExecutionState, TerminalStatus } from "./enums.js";
import { Node } from "./node.js";
import { connectionOf } from "./reading/connection.js";
import { loadSession } from "./reading/loads.js";

export const Session = builder.objectRef<SessionRow>("Session").implement({
  description: "A conversation with an agent, over any number of runs.",
  interfaces: [Node],
  fields: (t) => ({
    sessionId: t.exposeString("name", {
      description: "The client's own name for the session, unique within its tenant.",
    }),
    sessionPath: t.string({
      description: "tenantId/projectId/sessionId.",
      resolve: ({ tenantId, projectId, name }) => `${tenantId}/${projectId}/${name}`,
    }),
    tenantId: t.exposeString("tenantId", { description: "The tenant that it belongs to." }),
    projectId: t.exposeString("projectId", { description: "The project that all its runs belong to." }),
    backendProfile: t.exposeString("backendProfile", {
      description: "The backend profile that all its runs use.",
    }),
    conversationId: t.exposeString("conversationId", {
      nullable: true,
      description: "The conversation that the client keeps it under.",
    }),
    threadId: t.exposeString("threadId", {
      nullable: true,
      description: "The backend's own name for the conversation, once a result has told it.",
    }),
    title: t.exposeString("title", {
      nullable: true,
      description:
        "metadata.title (at most 200 characters), else the prompt of the newest turn that had one (at most 120).",
    }),
    metadata: t.expose("metadata", {
      type: "JSON",
      description: "What the client keeps with it, with secrets redacted.",
    }),
    summary: t.expose("summary", {
      type: "JSON",
      description: "Facts about the session; an empty object where none are kept.",
    }),
    version: t.expose("version", {
      type: "SafeInt",
      description:
        "Rises at every change that concerns attention; comparable between sessions of one tenant.",
    }),
    executionState: t.expose("executionState", {
      type: SessionExecutionState,
      description: "Whether its agent works.",
    }),
    active: t.boolean({
      description: "True while its executionState is RUNNING.",
      resolve: ({ executionState }) => executionState === "RUNNING",
    }),
    terminalStatus: t.expose("terminalStatus", {
      type: TerminalStatus,
      nullable: true,
      description: "How the work ended that made it TERMINAL; null in any other state.",
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description:
        "Why the work failed that made it TERMINAL; null where it did not, and in any other state.",
    }),
    lastEventSeq: t.expose("lastEventSeq", {
      type: "SafeInt",
      description: "Position of its newest event, counted over all its runs; 0 before the first.",
    }),
    lastActivityAt: t.expose("lastActivityAt", {
      type: "DateTime",
      description:
        "When something last happened in it; while it is active it may lag the newest event by a second.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "When its state last changed." }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      nullable: true,
      description: "From when on it is not listed any more; null: never.",
    }),
  }),
});

export const SessionConnection = connectionOf("Session", Session, "sessions");

export const SessionRef = builder.inputType("SessionRef", {
  description: "Names a session by exactly one of its two names.",
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: "Its id (ses_...)." }),
    sessionId: t.string({ description: "The client's own name for it." }),
  }),
});

builder.queryFields((t) => ({
  session: t.field({
    type: Session,
    nullable: true,
    description: "One session; null where the tenant has none such.",
    args: { by: t.arg({ type: SessionRef, required: true, description: "Which one." }) },
    resolve: async (_root, { by }, context) =>
      loadSession(context, (await resolveSession(context, by, "by")) ?? null),
  }),
}));
