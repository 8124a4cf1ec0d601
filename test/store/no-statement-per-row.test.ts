import {
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { schema } from "../../src/graphql/schema.js";
import { claimTask, createTask, updateTask } from "../support/queue.js";
import { type TestService, startService } from "../support/start-service.js";
import { recordStatements } from "../support/statements.js";
import {
  append,
  askForInput,
  claim,
  createCommand,
  createRun,
  finishCommand,
  uniqueName,
} from "../support/work.js";

const rows = 6;
let service: TestService;
beforeAll(async () => {
  // It asks for everything at once.
  const limits = { tokens: 1_000_000, queryBytes: 4_000_000, depth: 100, aliases: 1_000_000, cost: 1e12 };
  service = await startService({ config: { limits } });
  for (let index = 0; index < rows; index += 1) {
    const session = { sessionId: uniqueName("session") };
    const runId = await createRun(service, { session });
    await finishCommand(service, await createCommand(service, runId));
    await createCommand(service, runId);
    const { runnerId } = await claim(service, runId);
    await append(service, runId, ["one", "two"]);
    await askForInput(service, runId);
    await createCommand(service, runId, "STEER");
    const queue = uniqueName("queue");
    const { id } = await createTask(service, { queue });
    const { leaseToken } = await claimTask(service, { queue, runnerId });
    await updateTask(service, { taskId: id, state: "RUNNING", runId, leaseToken });
  }
});
afterAll(() => service.close());

/** Everything that can be asked of a type, down to a depth: fields, and two rows of each list. */
function selectAll(type: GraphQLNamedType, depth: number): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return "";
  const parts = Object.values(type.getFields()).map((field) => selectField(field, depth));
  if (isInterfaceType(type) && depth > 0)
    for (const each of schema.getPossibleTypes(type)) {
      const own = Object.values(each.getFields()).filter(({ name }) => !(name in type.getFields()));
      // Fields of the same name differ between the types of an interface: each gets a name of its own.
      const fields = own.map((field) => {
        const selected = selectField(field, depth);
        return selected && `${each.name}_${selected.replace(/^/, `${field.name}: `)}`;
      });
      parts.push(`... on ${each.name} { __typename ${fields.join(" ")} }`);
    }
  return parts.join(" ");
}

function selectField(field: GraphQLField<unknown, unknown>, depth: number): string {
  if (field.args.some(isRequiredArgument)) return "";
  const type = getNamedType(field.type);
  if (!isObjectType(type) && !isInterfaceType(type)) return field.name;
  if (depth === 0) return "";
  if (!type.name.endsWith("Connection")) return `${field.name} { ${selectAll(type, depth - 1)} }`;
  const node = nodeOf(type);
  return `${field.name}(first: 2) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes { ${selectAll(node, depth - 1)} } }`;
}

/** The type of a connection's nodes. */
function nodeOf(connection: GraphQLNamedType): GraphQLNamedType {
  const node = schema.getType(connection.name.replace("Connection", ""));
  if (!node) throw new Error(`${connection.name} has no nodes`);
  return node;
}

async function count(query: string): Promise<number> {
  return (await recordStatements(() => service.ask(query))).length;
}

it.each(["sessions", "runs", "runners", "queueTasks"])(
  "no field below %s costs a statement per row",
  async (name) => {
    const connection = schema.getQueryType()?.getFields()[name];
    if (!connection) throw new Error(`there is no ${name}`);
    const node = nodeOf(getNamedType(connection.type));
    const query = (first: number) =>
      `{ ${name}(first: ${first}) { nodes { __typename ${selectAll(node, 2)} } } }`;
    await count(query(1));
    const few = await count(query(2));
    expect(few).toBeGreaterThan(3);
    expect(await count(query(rows))).toBe(few);
  },
);
