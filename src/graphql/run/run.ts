import { checkId } from "../../domain/ids.js";
import { isEnded } from "../../domain/run.js";
import type { RunRow } from "../../store/row.js";
import { endedStatus, runSource, wasClaimed } from "../../store/run.js";
import { sessionSource } from "../../store/session.js";
import { builder } from "../builder.js";
import { readsOne, readsRow, readsSought, readsValue } from "../compiled/reads.js";
import { FailureKind } from "../enums/failure.js";
import { RunStatus, TerminalStatus } from "../enums/run.js";
import { RunLease } from "../lease.js";
import { Node } from "../node.js";
import { loadRun, loadSession } from "../reading/loads.js";
import { Session } from "../session.js";

export const Run = builder.objectRef<RunRow>("Run").implement({
  description:
    "One execution of an agent's backend, in a session or without one. One runner holds it at a time.",
  interfaces: [Node],
  fields: (t) => ({
    tenantId: t.exposeString("tenantId", { description: "The tenant that the run belongs to." }),
    projectId: t.exposeString("projectId", { description: "The project that the run belongs to." }),
    backendProfile: t.exposeString("backendProfile", {
      description: "The backend profile that a runner must serve to take the run with claimNextRun.",
    }),
    session: t.field({
      type: Session,
      nullable: true,
      description: "The session that the run works in; null if it has none.",
      resolve: ({ sessionId }, _args, context) => loadSession(context, sessionId),
      extensions: readsOne("sessionId", sessionSource),
    }),
    status: t.expose("status", { type: RunStatus, description: "How far the run has come." }),
    terminalStatus: t.field({
      type: TerminalStatus,
      nullable: true,
      description: "How the run ended; null until then.",
      resolve: ({ status }) => (isEnded(status) ? status : null),
      extensions: readsValue(endedStatus),
    }),
    failureKind: t.expose("failureKind", {
      type: FailureKind,
      nullable: true,
      description: "Why the run did not end well; null if it did, or if the reason is not known.",
    }),
    failureMessage: t.exposeString("failureMessage", {
      nullable: true,
      description:
        "Why the run did not end well, in words and with secrets redacted; null if nothing was said.",
    }),
    resourceBundle: t.expose("resourceBundle", {
      type: "JSON",
      nullable: true,
      description:
        "A summary of where the run's files come from: ids, names and counts, never a credential's value. Null if its creator gave no resourceBundle.",
    }),
    metadata: t.expose("metadata", {
      type: "JSON",
      description: "What the run's creator keeps with it: a JSON object, with secrets redacted.",
    }),
    maxAttempts: t.exposeInt("maxAttempts", {
      description:
        "How many leases of the run may expire: with the last of them the run fails with LEASE_EXPIRED.",
    }),
    parked: t.exposeBoolean("parked", {
      description:
        "True if its runner gave it back until a command is created in it: until then claimNextRun does not hand it out.",
    }),
    lastEventSeq: t.exposeInt("lastEventSeq", { description: "The seq of the run's newest event." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the run was created." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description:
        "When the run was last claimed, given a command, returned to PENDING or ended. Its events and heartbeats do not count.",
    }),
    lease: t.field({
      type: RunLease,
      nullable: true,
      description:
        "The hold of the runner that holds the run, or held it last; null before the first claim, and after the run was given back.",
      resolve: ({ runnerId, claimedAt, heartbeatAt, leaseExpiresAt, leaseExpired, attempt }) =>
        runnerId && claimedAt && heartbeatAt && leaseExpiresAt
          ? { runnerId, claimedAt, heartbeatAt, leaseExpiresAt, leaseExpired, attempt }
          : null,
      extensions: readsRow(wasClaimed),
    }),
  }),
});

builder.objectField(Run, "resumes", (t) =>
  t.field({
    type: Run,
    nullable: true,
    description:
      "The ended run that this one goes on from, with the answers to what that one asked; null if it goes on from none.",
    resolve: ({ resumesId }, _args, context) => loadRun(context, resumesId),
    extensions: readsOne("resumesId", runSource),
  }),
);

builder.queryFields((t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description: "The run with this id; null if the tenant has none.",
    args: { id: t.arg.id({ required: true, description: "The run's id (run_...)." }) },
    resolve: (_root, { id }, context) => loadRun(context, checkId("run", id, "id")),
    extensions: readsSought(({ id }: { id: string }) => ({
      type: "Run",
      source: runSource,
      by: { id: checkId("run", id, "id") },
    })),
  }),
}));

builder.objectFields(Session, (t) => ({
  lastRun: t.field({
    type: Run,
    nullable: true,
    description:
      "The run of the session that was last created, claimed, or given a turn or steer; null before the first.",
    resolve: ({ lastRunId }, _args, context) => loadRun(context, lastRunId),
    extensions: readsOne("lastRunId", runSource),
  }),
  activeRun: t.field({
    type: Run,
    nullable: true,
    description:
      "While the session is RUNNING, the run of its oldest turn or steer that has not ended, or the run that was claimed last if there is none. Null if the session is not RUNNING.",
    resolve: ({ activeRunId }, _args, context) => loadRun(context, activeRunId),
    extensions: readsOne("activeRunId", runSource),
  }),
}));
