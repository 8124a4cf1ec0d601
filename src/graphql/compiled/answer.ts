/*
 * A query of fields that say how they are read becomes one statement that makes the answer's JSON: see docs/architecture.md. It is
 * the same answer, byte for byte, as that of the resolvers; whatever cannot be told here is left to them.
 */
import {
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  isCompositeType,
  isNonNullType,
  locatedError,
} from "graphql";
import { mayDo } from "../../auth/viewer.js";
import { AgentRunError } from "../../domain/errors.js";
import { answerText, readAnswer } from "../../store/answer.js";
import { isTooLong } from "../../store/database-error.js";
import type { Columns } from "../../store/row.js";
import type { GraphContext } from "../context.js";
import { isCompilable } from "../engine/compilable.js";
import { AnswerTooLong } from "../engine/limits.js";
import type { Operation } from "../engine/operation.js";
import type { Coerced } from "../engine/variables.js";
import { slowPageMs } from "../reading/page.js";
import { Call, NotThisCall } from "./call.js";
import { fill } from "./fill.js";
import { type Json, objectJson, wholeSqlOf } from "./json.js";
import { objectOf, rowOf } from "./object.js";
import { Page } from "./page.js";
import { Place } from "./place.js";
import type { Sought } from "./reads.js";
import { type MadeCall, MadeCalls } from "./made-calls.js";
import { NotCompiled } from "./not-compiled.js";
import { Rows } from "./rows.js";
import { type Asked, Selections, readsOf } from "./selection.js";
import { type Sql, joined, render, sql } from "./sql.js";

/** A field at the top of an answer: makes its JSON for a call. */
interface Root {
  key: string;
  node: FieldNode;
  isRequired: boolean;
  prepare: (call: Call) => Promise<Json>;
}

/** From which execution of an operation on it is compiled: what comes once is not worth a prepared statement. */
const compiledFrom = 3;

/** An answer as its text. */
export class WrittenAnswer {
  readonly text: string;
  /** How long it is in UTF-8. */
  readonly bytes: number;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.byteLength(text);
  }
}

/** What an operation is compiled to; each has a number of its own. */
interface Compiled {
  number: number;
  roots: readonly Root[];
}

/** Answers what can be compiled. */
export class Answers {
  readonly #schema: GraphQLSchema;
  readonly #compiled = new WeakMap<Operation, Compiled | null>();
  readonly #made = new MadeCalls();
  #operations = 0;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The answer to an operation, or what became of it if the database failed; null if it is for the resolvers. */
  write(
    operation: Operation,
    variables: Coerced,
    context: GraphContext,
  ): Promise<WrittenAnswer | ExecutionResult | null> | null {
    if (operation.kind !== "query" || operation.times < compiledFrom - 1) return null;
    // Who may not read is told so by the resolvers.
    if (!mayDo(context.viewer, "reader")) return null;
    const compiled = this.#compile(operation);
    return compiled && this.#answer(compiled, variables, context);
  }

  #compile(operation: Operation): Compiled | null {
    let compiled = this.#compiled.get(operation);
    if (compiled === undefined) {
      const roots = compile(this.#schema, operation);
      compiled = roots && { roots, number: (this.#operations += 1) };
      this.#compiled.set(operation, compiled);
    }
    return compiled;
  }

  async #answer(
    { roots, number }: Compiled,
    variables: Coerced,
    context: GraphContext,
  ): Promise<WrittenAnswer | ExecutionResult | null> {
    const key = this.#made.keyOf(number, variables, context.viewer);
    try {
      let made = key === null ? undefined : this.#made.get(key);
      if (!made) {
        made = await makeCall(roots, new Call(context, variables));
        if (key !== null) this.#made.keep(key, made);
      }
      const result = await read(made, context, roots);
      return typeof result === "string" ? new WrittenAnswer(`{"data":${fill(result, made.call)}}`) : result;
    } catch (error) {
      // What is wrong with its arguments, the resolvers say.
      if (error instanceof AnswerTooLong) throw error;
      const isWrong = error instanceof AgentRunError || error instanceof GraphQLError;
      if (isWrong || error instanceof NotThisCall) return null;
      throw error;
    }
  }
}

/** What an operation is compiled to; null if it cannot be. */
function compile(schema: GraphQLSchema, { document, node }: Operation): readonly Root[] | null {
  const query = schema.getQueryType();
  if (!query || !isCompilable(schema, document, node)) return null;
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const selections = new Selections(schema, fragments);
  try {
    const asked = selections.of(query, [node.selectionSet]);
    if (asked.every(({ field }) => !field)) return null;
    return asked.map((asked, index) => {
      return rootOf(asked, new Place(selections, "r".repeat(index + 1)), query.name);
    });
  } catch (error) {
    if (error instanceof NotCompiled) return null;
    throw error;
  }
}

function rootOf(asked: Asked, place: Place, typename: string): Root {
  const { key, field, node } = asked;
  if (!field) return { key, node, isRequired: true, prepare: () => Promise.resolve([`"${typename}"`]) };
  const reads = readsOf(asked);
  const isRequired = isNonNullType(field.type);
  if (reads.kind === "page") {
    const { sql } = new Page(place, asked, reads, { parent: null, objectOf });
    return { key, node, isRequired, prepare: (call) => prepared(place, sql, call) };
  }
  if (reads.kind !== "sought") throw new NotCompiled();
  const byType = new Map<string, { place: Place; rows: Rows; object: Sql } | null>();
  const wayOf = ({ type, source }: Sought) => {
    const there = byType.get(type);
    if (there !== undefined) return there;
    const made = soughtObject(asked, new Place(place.selections, place.alias()), type, source.columns);
    byType.set(type, made);
    return made;
  };
  return {
    key,
    node,
    isRequired,
    prepare: async (call) => {
      const sought = reads.seek(call.argumentsOf(asked), call.context);
      const way = sought && wayOf(sought);
      if (!way) throw new NotThisCall();
      const { source, by } = sought;
      const conditions = Object.entries(by).map(
        ([name, value]) => sql`${source.columns[name] ?? ""} = ${call.parameter(value)}`,
      );
      const row = rowOf(way.rows, source, joined(conditions, " AND "));
      return prepared(way.place, sql`coalesce((SELECT ${way.object} FROM ${row}), 'null')`, call);
    },
  };
}

/** The object of a root field that finds one row, for one of the types that it may be of; null if that one is not compiled. */
function soughtObject({ sets }: Asked, place: Place, typename: string, columns: Columns) {
  const type = place.selections.schema.getType(typename);
  const rows = new Rows(place.alias(), columns);
  try {
    if (!isCompositeType(type)) throw new NotCompiled();
    return { place, rows, object: wholeSqlOf(objectOf(place, type, sets, rows)) };
  } catch (error) {
    if (error instanceof NotCompiled) return null;
    throw error;
  }
}

async function prepared(place: Place, made: Sql, call: Call): Promise<Json> {
  for (const prepare of place.preparations) {
    const done = prepare(call);
    if (done instanceof Promise) await done;
  }
  return [{ sql: made }];
}

async function makeCall(roots: readonly Root[], call: Call): Promise<MadeCall> {
  const entries: (readonly [string, Json])[] = [];
  for (const { key, prepare } of roots) entries.push([key, await prepare(call)]);
  return { call, text: answerText(render(wholeSqlOf(objectJson(entries)), call)) };
}

/** Sends the statement. What it fails with is an error of the fields at the top. */
async function read(
  { call, text }: MadeCall,
  { store, environment }: GraphContext,
  roots: readonly Root[],
): Promise<string | ExecutionResult> {
  const begunAt = performance.now();
  try {
    const isLookup = call.lists.length === 0;
    return await readAnswer(isLookup ? store.lookups : store, text, call.values);
  } catch (error) {
    if (isTooLong(error)) throw new AnswerTooLong(environment.limits);
    const errors = roots.map(({ key, node }) => locatedError(error, [node], [key]));
    const data = Object.fromEntries(roots.map(({ key }) => [key, null]));
    return { errors, data: roots.some(({ isRequired }) => isRequired) ? null : data };
  } finally {
    if (performance.now() - begunAt > slowPageMs) for (const { onSlow } of call.lists) onSlow?.();
  }
}
