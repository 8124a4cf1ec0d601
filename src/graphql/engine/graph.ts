import { type ExecutionResult, type GraphQLError, type GraphQLSchema } from "graphql";
import type { Viewer } from "../../auth/viewer.js";
import { badUserInput } from "../../domain/errors.js";
import { Answers, WrittenAnswer } from "../compiled/answer.js";
import { type GraphContext, type GraphEnvironment, createContext } from "../context.js";
import { type Following, type Subscribe, createSubscribe } from "../following/subscribe.js";
import { Documents, InvalidDocument } from "./documents.js";
import { type LogFault, presentError, presentInvalid } from "./errors.js";
import { type Run, createExecute, schemaOfCoerced } from "./execute.js";
import { AnswerTooLong, type Limits, beyondLimit } from "./limits.js";
import { type Hold, Load } from "./load.js";
import { measureOperation } from "./measure.js";
import type { Operation } from "./operation.js";
import { type GraphRequest, checkRequest } from "./request.js";
import type { TrustedDocuments } from "./trusted-documents.js";
import { type Coerced, coerceVariables } from "./variables.js";
import { weighAnswer } from "./weight.js";

/** The most errors of one answer. */
const maxErrors = 10;

/** How many points an operation costs beside the fields that it asks for. */
const pointsOfOperation = 10;

/** What callers may spend. */
export interface Budget {
  /** Throws RATE_LIMITED if the viewer is known to have nothing left. */
  check(viewer: Viewer): void;
  /** Takes points from what the viewer has; rejects with RATE_LIMITED if there are not so many. */
  spend(viewer: Viewer, points: number): Promise<void>;
}

/** What the graph is run with. */
export interface GraphOptions {
  schema: GraphQLSchema;
  environment: GraphEnvironment;
  limits: Limits;
  /** Null for none: then everybody may ask as much as they like. */
  budget: Budget | null;
  /** The only documents that may be run; null for any. */
  trusted: TrustedDocuments | null;
  /** Whether introspection answers, and whether errors suggest names. */
  introspection: boolean;
  logFault: LogFault;
}

/** For whom an operation is run. */
export interface OperationCaller {
  viewer: Viewer;
  /** The cursor after which a broken event stream resumes; null if there is none. */
  lastEventId: string | null;
  /** What the request counts; its transport releases it once the answer is sent. */
  hold: Hold | undefined;
}

/** An operation that may be run, with its variables. */
export interface Admitted {
  operation: Operation;
  variables: Coerced;
  /** How many fields it asks for. */
  cost: number;
}

/**
 * The way into the graph that all transports share. A request of a known caller is checked in this order: types and depth
 * of its parts, the limits on its document, the document itself, its variables, and what they make it cost. Only then it is run.
 */
export class Graph {
  /** What is under way. The transports take their part of it before they read a request, and give it back once its answer is sent. */
  readonly load = new Load();
  readonly #options: GraphOptions;
  readonly #documents: Documents;
  readonly #execute: Run;
  readonly #answers: Answers;
  readonly #subscribe: Subscribe;

  constructor(options: GraphOptions) {
    const { schema, limits } = options;
    this.#options = options;
    this.#documents = new Documents(schema, limits, options.introspection);
    const target = schemaOfCoerced(schema);
    this.#execute = createExecute(schema, target);
    this.#answers = new Answers(schema);
    this.#subscribe = createSubscribe(target, this.#execute, (error) => this.present(error));
  }

  /** The schema as far as errors may tell of it. */
  get #told(): GraphQLSchema | null {
    return this.#options.introspection ? this.#options.schema : null;
  }

  /** What one request may cost at most. */
  get limits(): Limits {
    return this.#options.limits;
  }

  /** Throws RATE_LIMITED if the viewer has nothing left: before its request is read. */
  check(viewer: Viewer): void {
    this.#options.budget?.check(viewer);
  }

  /** Takes what a request costs that is refused. Never fails: the refusal is what its caller is told. */
  async charge(viewer: Viewer): Promise<void> {
    await this.#options.budget?.spend(viewer, pointsOfOperation).catch(() => {});
  }

  /** The operation that a request asks for. Throws what {@link refuse} makes an answer of. */
  admit(request: GraphRequest): Admitted {
    const { schema, limits, trusted, introspection } = this.#options;
    const { query, documentId, operationName, variables: given } = checkRequest(request, limits);
    const operation = this.#documents.read(textOf(query, documentId, trusted), operationName);
    const definitions = operation.node.variableDefinitions ?? [];
    const coerced = coerceVariables(schema, definitions, given, !introspection);
    if ("errors" in coerced) throw new InvalidDocument(coerced.errors, "variables");
    const { variables } = coerced;
    const cost = this.#costOf(operation, variables);
    if (operation.kind === "subscription") checkKept(variables, limits);
    return { operation, variables, cost };
  }

  #costOf({ measure, document, node }: Operation, variables: Coerced): number {
    if (!measure.varies) return measure.cost;
    const { schema, limits } = this.#options;
    const { cost } = measureOperation(schema, document, node, variables);
    if (cost > limits.cost) throw beyondLimit("cost", Math.ceil(cost), limits);
    return cost;
  }

  /**
   * Runs an admitted operation; a subscription that is accepted gives what follows it. What its caller holds counts its answer from
   * then on, until that is sent.
   */
  async run(admitted: Admitted, caller: OperationCaller): Promise<ExecutionResult | Following> {
    return this.#resolve(admitted, await this.#begin(admitted, caller), caller);
  }

  /** Does the same as {@link run}, for a caller that takes an answer as text where there is one. */
  async write(
    admitted: Admitted,
    caller: OperationCaller,
  ): Promise<WrittenAnswer | ExecutionResult | Following> {
    const context = await this.#begin(admitted, caller);
    const { operation, variables } = admitted;
    const answer = this.#answers.write(operation, variables, context);
    const written = answer && (await answer);
    if (!written) return this.#resolve(admitted, context, caller);
    if (!(written instanceof WrittenAnswer)) return this.#presented(written);
    if (written.bytes > this.limits.answerBytes) throw new AnswerTooLong(this.limits);
    caller.hold?.answer(written.bytes, false);
    return written;
  }

  async #begin({ cost }: Admitted, { viewer, lastEventId }: OperationCaller): Promise<GraphContext> {
    await this.#options.budget?.spend(viewer, pointsOfOperation + Math.ceil(cost));
    return createContext(this.#options.environment, viewer, lastEventId);
  }

  async #resolve(
    { operation, variables }: Admitted,
    context: GraphContext,
    { hold }: OperationCaller,
  ): Promise<ExecutionResult | Following> {
    const execution = { operation, variables, context };
    if (operation.kind === "subscription") {
      // It goes on for hours.
      hold?.release();
      return this.#subscribe(execution);
    }
    const result = await this.#execute(execution);
    const isMutation = operation.kind === "mutation";
    const tooLong = result.errors?.find(({ originalError }) => originalError instanceof AnswerTooLong);
    // Of a mutation the rest of its answer tells what was done.
    if (tooLong && !isMutation) throw tooLong.originalError;
    hold?.answer(weighAnswer(result, this.limits), isMutation);
    return this.#presented(result);
  }

  /** The answer to a request that was not run. */
  refuse(error: unknown): { errors: GraphQLError[] } {
    if (!(error instanceof InvalidDocument)) return { errors: [this.present(error)] };
    return { errors: error.errors.map((each) => presentInvalid(each, error.part, this.#told)) };
  }

  /** An error as callers see it. */
  present(error: unknown): GraphQLError {
    return presentError(error, this.#told, this.#options.logFault);
  }

  #presented(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    return { ...result, errors: result.errors.slice(0, maxErrors).map((error) => this.present(error)) };
  }
}

/** The text that a request means. Only listed documents are run if there is a list. */
function textOf(query: string | null, documentId: string | null, trusted: TrustedDocuments | null): string {
  if (trusted) return trusted.textOf(query, documentId);
  if (documentId !== null)
    throw badUserInput("documentId", "has no meaning here: send the document as query");
  return query ?? "";
}

/** A subscription's variables are kept as long as it lives. */
function checkKept(variables: Coerced, limits: Limits): void {
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > limits.streamVariableBytes) throw beyondLimit("streamVariableBytes", bytes, limits);
}
