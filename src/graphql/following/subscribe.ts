import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  Kind,
  createSourceEventStream,
  getOperationAST,
  visit,
} from "graphql";
import stringify from "safe-stable-stringify";
import type { Viewer } from "../../auth/viewer.js";
import { Audience } from "../../realtime/audience/audience.js";
import { Message, type Receiver } from "../../realtime/audience/message.js";
import type { Batch } from "../../realtime/log.js";
import type { GraphContext } from "../context.js";
import type { Run } from "../engine/execute.js";
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
export type Subscribe = (args: ExecutionArgs) => Promise<Following | ExecutionResult>;

/**
 * Builds what accepts subscriptions. Those with the same document, operation, variables (but the cursor) and rights have one
 * audience: once they have caught up each batch is read, executed and written as JSON once for all of them.
 */
export function createSubscribe(execute: Run, present: (error: unknown) => GraphQLError): Subscribe {
  const audiences = new Map<string, Audience<unknown, unknown>>();
  const compose = async (args: ExecutionArgs, { options }: SomeFeed, batch: Batch<unknown, unknown>) => {
    const cursor = options.cursorAt?.(batch.position) ?? null;
    const { items, caughtUp, failure } = batch;
    const rootValue = { ...options.facts, items, cursor: cursor ?? "", caughtUp, failure };
    const result = await execute({ ...args, rootValue });
    return new Message(JSON.stringify(presented(result, present)), cursor);
  };

  return async (given) => {
    // Whoever asked may let go of what it gave.
    const args = { ...given };
    const source = await createSourceEventStream(args);
    if (!(source instanceof Feed)) return presented(source as ExecutionResult, present);
    const feed: SomeFeed = source;
    const { environment, viewer } = args.contextValue as GraphContext;
    return new Following(viewer, (receiver) => {
      const key = audienceKey(args);
      let audience = audiences.get(key);
      if (!audience) {
        audience = new Audience({
          hub: environment.hub,
          log: feed.options.log,
          compose: (batch) => compose(args, feed, batch),
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
function audienceKey({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  const { viewer } = contextValue as GraphContext;
  const { number, cursorVariable } = describe(document, operationName ?? "");
  const { [cursorVariable ?? ""]: _cursor, ...variables } = variableValues ?? {};
  return stringify([
    viewer.tenantId,
    viewer.readerId,
    [...viewer.scopes],
    number,
    operationName ?? null,
    cursorVariable === null ? variableValues : variables,
  ]);
}

interface Description {
  number: number;
  /** The variable that is the cursor of the subscription's field and nothing else; null for none. */
  cursorVariable: string | null;
}

const descriptions = new WeakMap<DocumentNode, Map<string, Description>>();
let numbered = 0;

/** Equal documents are one object as long as it is in use: what parsed them keeps it. */
function describe(document: DocumentNode, operationName: string): Description {
  const known = descriptions.get(document) ?? new Map<string, Description>();
  descriptions.set(document, known);
  const description = known.get(operationName) ?? {
    number: (numbered += 1),
    cursorVariable: findCursorVariable(document, operationName),
  };
  known.set(operationName, description);
  return description;
}

/** Without a name the document has one operation alone. */
function findCursorVariable(document: DocumentNode, operationName: string): string | null {
  const [field] = getOperationAST(document, operationName || undefined)?.selectionSet.selections ?? [];
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
