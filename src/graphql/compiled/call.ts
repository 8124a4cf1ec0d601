import { Kind, getArgumentValues } from "graphql";
import { type Key, encodeCursor } from "../../domain/cursor.js";
import { type Listing, scopeOf, wholeTenant } from "../../store/listing/listing.js";
import type { GraphContext } from "../context.js";
import type { Coerced } from "../engine/variables.js";
import type { Join } from "../reading/list.js";
import type { Asked } from "./selection.js";

/** Thrown where a call cannot be answered by what was compiled, though others of its operation can. */
export class NotThisCall extends Error {}

/** A list that a call reads a page of: what its cursors need, and what is to be told if it was slow. */
export interface OpenList {
  cursorsOf: Listing;
  onSlow: (() => void) | undefined;
  feedCursorAt: ((version: number) => string) | undefined;
}

/** One call of a compiled operation: its arguments, and what its statement is given. It may serve for all calls that are like it. */
export class Call {
  readonly context: GraphContext;
  readonly lists: OpenList[] = [];
  readonly values: Record<string, unknown>;
  /** Whether the same call at another time has the same statement, the same values and the same lists. */
  isLasting = true;
  readonly #variables: Coerced;
  readonly #scopes = new Map<number, string>();
  #join: Join | undefined;

  constructor(context: GraphContext, variables: Coerced) {
    this.context = context;
    this.values = { answerBytes: context.environment.limits.answerBytes };
    this.#variables = variables;
  }

  /** The arguments that a field is asked with, as its resolver would have them. */
  argumentsOf(asked: Asked): never {
    if (!asked.field) throw new NotThisCall();
    if (asked.constant) return asked.constant as never;
    const given = getArgumentValues(asked.field, asked.node, this.#variables);
    // What names no variable is the same for every call.
    if (!asked.node.arguments?.some(({ value }) => value.kind === Kind.VARIABLE)) asked.constant = given;
    return given as never;
  }

  /** Gives the statement values by their names. */
  give(values: Readonly<Record<string, unknown>>): void {
    Object.assign(this.values, values);
  }

  /** Gives the statement a value and gives the parameter that stands for it. */
  parameter(value: unknown): string {
    const name = `v${Object.keys(this.values).length}`;
    this.values[name] = value;
    return `:${name}`;
  }

  /** Takes a join. All of a call must be the same. */
  takeJoin(join: Join): void {
    this.#join ??= join;
    if (join.sql.value !== this.#join.sql.value) throw new NotThisCall();
    this.give(join.values);
  }

  /** The SQL of the join that was taken. */
  get join(): string {
    if (!this.#join) throw new NotThisCall();
    const { sql, value } = this.#join.sql;
    return sql.replaceAll("?", this.parameter(value));
  }

  /** Adds a list, and gives its number. */
  addList(list: OpenList): number {
    return this.lists.push(list) - 1;
  }

  /** The cursor of a key in a list, as that of {@link openPage}. */
  cursorOf(number: number, parent: string, key: Key): string {
    const { cursorsOf } = this.#list(number);
    const scope = this.#scopes.get(number) ?? scopeOf(this.context.store, cursorsOf, parent);
    // Parents are others each time that the call is made.
    if (parent === wholeTenant) this.#scopes.set(number, scope);
    return encodeCursor(scope, key);
  }

  /** The cursor from which a list's subscription goes on after a version. */
  feedCursorOf(number: number, version: number): string {
    return this.#list(number).feedCursorAt?.(version) ?? "";
  }

  #list(number: number): OpenList {
    const list = this.lists[number];
    if (!list) throw new NotThisCall();
    return list;
  }
}
