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

/** A subscription that was accepted and can be started. */
export class Following {
  readonly viewer: Viewer;
  /** Begins to send the subscription's results to a receiver, and returns the function that stops it. */
  readonly start: (receiver: Receiver) => () => void;

  constructor(viewer: Viewer, start: (receiver: Receiver) => () => void) {
    this.viewer = viewer;
    this.start = start;
  }
}

/** Accepts a subscription, or resolves with the errors that say why it is refused. */
export type Subscribe = (args: ExecutionArgs) => Promise<Following | ExecutionResult>;

/**
 * Builds the function that accepts subscriptions. Subscriptions share one audience if they have the same document,
 * operation, reader and scopes, and the same variables except the cursor. Once they have caught up, each batch is
 * read, executed and written as JSON once for all of them. `present` makes each error fit for callers.
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
    // A copy of our own: the caller may change its object once this call has returned.
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

/** Makes a key that is equal for subscriptions that are sent the same results, however far each of them has come. */
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
  /**
   * The variable that gives the argument `after` of the subscription's field and is used nowhere else; null if there
   * is none.
   */
  cursorVariable: string | null;
}

const descriptions = new WeakMap<DocumentNode, Map<string, Description>>();
let numbered = 0;

/**
 * Describes an operation. Equal documents have one number, since the parser keeps one object for them while it is in
 * use.
 */
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

/** Finds the cursor's variable. An empty name stands for the document's only operation. */
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
