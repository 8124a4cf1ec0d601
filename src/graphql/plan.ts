import { eventId } from "../domain/ids.js";
import { type PlanEntry as Entry, entriesOf } from "../domain/plan.js";
import type { RunEventRow } from "../store/row.js";
import { builder } from "./builder.js";
import { PlanEntryStatus } from "./enums/event.js";
import { loadEvent, loadEventOfSession } from "./reading/loads.js";
import { Run } from "./run/run.js";
import { Session } from "./session.js";

const PlanEntry = builder.objectRef<Entry>("PlanEntry").implement({
  description: "One step of an agent's plan.",
  fields: (t) => ({
    text: t.exposeString("text", { description: "What is to be done." }),
    status: t.expose("status", { type: PlanEntryStatus, description: "How far it has come." }),
  }),
});

/** The plan that a PLAN event tells. */
export const Plan = builder.objectRef<RunEventRow>("Plan").implement({
  description: "What an agent means to do, step by step.",
  fields: (t) => ({
    entries: t.field({
      type: [PlanEntry],
      description: "The steps, in their order.",
      resolve: ({ payload }) => entriesOf(payload),
    }),
    completed: t.int({
      description: "How many of the steps are COMPLETED.",
      resolve: ({ payload }) => entriesOf(payload).filter(({ status }) => status === "COMPLETED").length,
    }),
    total: t.int({
      description: "How many steps there are.",
      resolve: ({ payload }) => entriesOf(payload).length,
    }),
    updatedAt: t.field({
      type: "DateTime",
      description: "When the agent told it.",
      resolve: ({ occurredAt, createdAt }) => occurredAt ?? createdAt,
    }),
  }),
});

builder.objectField(Run, "plan", (t) =>
  t.field({
    type: Plan,
    nullable: true,
    description: "The newest plan of the run; null if none was told.",
    resolve: ({ id, planSeq }, _args, context) =>
      planSeq === null ? null : loadEvent(context, eventId(id, planSeq)),
  }),
);

builder.objectField(Session, "plan", (t) =>
  t.field({
    type: Plan,
    nullable: true,
    description: "The newest plan of the session's runs; null if none was told.",
    resolve: ({ id, planSeq }, _args, context) => loadEventOfSession(context, id, planSeq),
  }),
);
