import {
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  createSourceEventStream,
  visit,
} from "graphql";
import { badUserInput } from "../../domain/errors.js";
import stringify from "safe-stable-stringify";
import type { Viewer } from "../../auth/viewer.js";
import { Audience } from "../../realtime/audience/audience.js";
import { Message, type Receiver } from "../../realtime/audience/message.js";
import type { Batch } from "../../realtime/log.js";
import type { Execution, Run } from "../engine/execute.js";
import type { Operation } from "../engine/operation.js";
import { weighAnswer } from "../engine/weight.js";
import { asksForField } from "./asks-for-field.js";
import { Feed } from "./feed.js";

/** A subscription that was accepted. */
export class Following {
  readonly viewer: Viewer;
  /** Begins to send it to a receiver, and gives back what ends it. */
  readonly start: (receiver: Receiver) => () => void;

  constructor(viewer: Viewer, start: (receiver: Receiver) => () => void) {
    this.viewer = viewer;
    this.start = start;
  }
}

/** Accepts a subscription, or says why not. */
export type Subscribe = (execution: Execution) => Promise<Following | ExecutionResult>;

/**
 * Builds what accepts subscriptions, over a schema that takes coerced variables. Those with the same document, operation, variables (but the cursor) and rights have one
 * audience: once they have caught up each batch is read, executed and written as JSON once for all of them.
 */
export function createSubscribe(
  target: GraphQLSchema,
  execute: Run,
  present: (error: unknown) => GraphQLError,
): Subscribe {
  const audiences = new Map<string, Audience<unknown, unknown>>();
  const compose = async (execution: Execution, { options }: SomeFeed, batch: Batch<unknown, unknown>) => {
    const cursor = options.cursorAt?.(batch.position) ?? null;
    const { items, caughtUp, failure } = batch;
    const rootValue = { ...options.facts, items, cursor: cursor ?? "", caughtUp, failure };
    execution.context.batches.client.renew();
    const result = await execute({ ...execution, rootValue });
    weighAnswer(result, execution.context.environment.limits);
    const isEmpty = items.length === 0 && failure === null && !result.errors;
    return new Message(JSON.stringify(presented(result, present)), cursor, isEmpty);
  };

  return async (execution) => {
    const { operation, variables, context } = execution;
    if (!asksForField(operation, variables))
      throw badUserInput("the subscription", "must have a field that no @skip or @include leaves out");
    const source = await createSourceEventStream({
      schema: target,
      document: operation.coerced,
      operationName: operation.name,
      variableValues: variables,
      contextValue: context,
    });
    if (!(source instanceof Feed)) return presented(source as ExecutionResult, present);
    const feed: SomeFeed = source;
    const { environment, viewer } = context;
    return new Following(viewer, (receiver) => {
      const key = audienceKey(execution);
      let audience = audiences.get(key);
      if (!audience) {
        audience = new Audience({
          hub: environment.hub,
          pollMs: environment.pollMs,
          log: feed.options.log,
          compose: (batch) => compose(execution, feed, batch),
          onEmpty: () => audiences.delete(key),
        });
        audiences.set(key, audience);
      }
      return audience.join(receiver, feed.options.start);
    });
  };
}

type SomeFeed = Feed<unknown, unknown, object>;

function presented(result: ExecutionResult, present: (error: unknown) => GraphQLError): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map(present) } : result;
}

/** Equal for those that are sent the same: what distinguishes them is only how far they are. */
function audienceKey({ operation, variables, context: { viewer } }: Execution): string {
  const { number, cursorVariable } = describe(operation);
  const { [cursorVariable ?? ""]: _cursor, ...others } = variables;
  return stringify([
    viewer.tenantId,
    viewer.readerId,
    [...viewer.scopes],
    number,
    cursorVariable === null ? variables : others,
  ]);
}

interface Description {
  number: number;
  /** The variable that is the cursor of the subscription's field and nothing else; null for none. */
  cursorVariable: string | null;
}

const descriptions = new WeakMap<Operation, Description>();
let numbered = 0;

/** Equal documents are one object as long as one of them is in use: see engine/documents.ts. */
function describe(operation: Operation): Description {
  const description = descriptions.get(operation) ?? {
    number: (numbered += 1),
    cursorVariable: findCursorVariable(operation),
  };
  descriptions.set(operation, description);
  return description;
}

function findCursorVariable({ document, node }: Operation): string | null {
  const [field] = node.selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return null;
  const value = field.arguments?.find(({ name }) => name.value === "after")?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => {
      if (variable.name.value === name) uses += 1;
    },
  });
  return uses === 1 ? name : null;
}
