import { resolveSession, takeSessionRef } from "../actions/session.js";
import type { SessionRow } from "../store/row.js";
import { sessionPath, sessionSource } from "../store/session.js";
import { builder } from "./builder.js";
import { type Sought, readsPart, readsSought, readsValue } from "./compiled/reads.js";
import { FailureKind } from "./enums/failure.js";
import { TerminalStatus } from "./enums/run.js";
import { SessionExecutionState } from "./enums/session.js";
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
      description: "The session's full name: tenantId/projectId/sessionId.",
      resolve: ({ tenantId, projectId, name }) => `${tenantId}/${projectId}/${name}`,
      extensions: readsValue(sessionPath),
    }),
    tenantId: t.exposeString("tenantId", { description: "The tenant that the session belongs to." }),
    projectId: t.exposeString("projectId", {
      description: "The project that the session and all its runs belong to.",
    }),
    backendProfile: t.exposeString("backendProfile", {
      description: "The backend profile that all runs of the session use.",
    }),
    conversationId: t.exposeString("conversationId", {
      nullable: true,
      description:
        "The client's own name for the conversation that the session belongs to; null if it gave none.",
    }),
    threadId: t.exposeString("threadId", {
      nullable: true,
      description:
        "The backend's own name for the conversation; null until its creator or a result gives one.",
    }),
    title: t.exposeString("title", {
      nullable: true,
      description:
        "The session's title: `title` of its metadata (at most 200 characters), or else the prompt of its newest turn that had one (at most 120). Null if there is neither.",
    }),
    metadata: t.expose("metadata", {
      type: "JSON",
      description: "What the client keeps with the session: a JSON object, with secrets redacted.",
    }),
    summary: t.expose("summary", {
      type: "JSON",
      description: "Facts about the session: a JSON object, empty if there are none.",
    }),
    version: t.expose("version", {
      type: "SafeInt",
      description:
        "A number that rises with each change that the session's readers should see. Versions are comparable between the sessions of a tenant: a higher one is newer. Send it as upToVersion of markSessionRead.",
    }),
    lastEventSeq: t.expose("lastEventSeq", {
      type: "SafeInt",
      description: "The sessionSeq of the session's newest event; 0 before the first.",
    }),
    lastActivityAt: t.expose("lastActivityAt", {
      type: "DateTime",
      description:
        "The latest time at which something happened in the session: the newest occurredAt, which is never lowered. While the session is active, it may be up to a second older than the newest event.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the session was created." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When the session's state or data last changed. Its events alone do not count.",
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the session expires: from then on no list of sessions holds it, and an hour later it is removed. Null if it does not expire.",
    }),
  }),
});

// How its work stands.
builder.objectFields(Session, (t) => ({
  executionState: t.expose("executionState", {
    type: SessionExecutionState,
    description: "Whether the session's agent works.",
  }),
  active: t.exposeBoolean("active", {
    description:
      "True while the session's executionState is RUNNING; of a root, while that of any session in its tree is.",
  }),
  terminalStatus: t.expose("terminalStatus", {
    type: TerminalStatus,
    nullable: true,
    description: "How the session's last work ended; null if its executionState is not TERMINAL.",
  }),
  failureKind: t.expose("failureKind", {
    type: FailureKind,
    nullable: true,
    description:
      "Why the session's last work did not end well; null if it did, if the reason is not known, or if executionState is not TERMINAL.",
  }),
}));

export const SessionConnection = connectionOf("Session", Session, "sessions", "sessionAttentionChanged");

builder.objectField(SessionConnection, "changeVersion", (t) =>
  t.field({
    type: "SafeInt",
    description:
      "Every change up to this one is in the page: for asOf of updateSessions, and to tell which of two states of a session is the later. See SessionAttention.changeVersion.",
    resolve: ({ version }) => version ?? 0,
    extensions: readsPart("version"),
  }),
);

export const SessionRef = builder.inputType("SessionRef", {
  description: "Names a session by exactly one of these two.",
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: "The session's id (ses_...)." }),
    sessionId: t.string({ description: "The client's own name for the session." }),
  }),
});

function seekSession(by: typeof SessionRef.$inferInput): Sought {
  const { id, name } = takeSessionRef(by, "by");
  const seek = { type: "Session", source: sessionSource } as const;
  return id === undefined ? { ...seek, by: { name } } : { ...seek, by: { id } };
}

builder.queryFields((t) => ({
  session: t.field({
    type: Session,
    nullable: true,
    description:
      "The session with this id or name; null if the tenant has none. An expired one is given until it is removed.",
    args: { by: t.arg({ type: SessionRef, required: true, description: "The session's id or name." }) },
    resolve: async (_root, { by }, context) =>
      loadSession(context, (await resolveSession(context, by, "by")) ?? null),
    extensions: readsSought(({ by }: { by: typeof SessionRef.$inferInput }) => seekSession(by)),
  }),
}));
