import { Kind, isObjectType, parse } from "graphql";
import { expect, it } from "vitest";
import { followRunDocument } from "../../src/client/follow-documents.js";
import { runEventTypes } from "../../src/domain/event.js";
import { eventTypename } from "../../src/graphql/node.js";
import { schema } from "../../src/graphql/schema.js";

it("followers of the client get every field of every type of event", () => {
  const document = parse(followRunDocument.toString());
  const fragment = document.definitions.find(
    (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === "EventParts",
  );
  if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) throw new Error("there is no fragment EventParts");
  const { selections } = fragment.selectionSet;
  const namesOf = (each: (typeof selections)[number]) =>
    each.kind === Kind.INLINE_FRAGMENT
      ? each.selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []))
      : [];
  const common = new Set(selections.flatMap((each) => (each.kind === Kind.FIELD ? [each.name.value] : [])));
  for (const type of runEventTypes.map(eventTypename)) {
    const object = schema.getType(type);
    if (!isObjectType(object)) throw new Error(`${type} is no type`);
    const inline = selections.find(
      (each) => each.kind === Kind.INLINE_FRAGMENT && each.typeCondition?.name.value === type,
    );
    // The payload stands beside these parts, in EventFields.
    common.add("payload");
    // What every follower is told of the run, it is not told again of each event.
    const own = Object.keys(object.getFields()).filter((name) => !common.has(name) && name !== "run");
    expect([type, inline ? namesOf(inline).toSorted() : []]).toEqual([type, own.toSorted()]);
  }
});
