import { type RunEventType, meaningOf, runEventTypes } from "../../domain/event.js";
import type { RunEventRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { Node, eventTypename } from "../node.js";
import { RunEvent } from "./event.js";
import type { Fields } from "./payload-field.js";
import { saidFields } from "./said-fields.js";
import { statusFields } from "./status-fields.js";
import { workFields } from "./work-fields.js";

// There is one type for each type of event. Its fields give what the payload holds.

/** The fields of each type of event, beside those of every event. */
const fields: Record<RunEventType, Fields> = { ...saidFields, ...workFields, ...statusFields };

for (const type of runEventTypes) {
  builder.objectRef<RunEventRow>(eventTypename(type)).implement({
    description: meaningOf(type),
    interfaces: [Node, RunEvent],
    fields: fields[type],
  });
}
