import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationTypeNode,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Random } from "../support/random.js";
import type { Known } from "./known.js";
import { literalOf } from "./literal.js";
import { Values } from "./values.js";

/** A request for an operation. */
export interface FuzzRequest {
  kind: OperationTypeNode;
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
}

/** How often an operation is made anew if it does not fit the schema. */
const tries = 50;

/** What an operation is rather made of. Default: anything. */
export interface Taste {
  kinds: readonly `${OperationTypeNode}`[];
  /** Whether a field is one of those that most are. */
  likes: (field: GraphQLField<unknown, unknown>) => boolean;
  /** How many of the values are odd, each time one of these. */
  oddness: readonly number[];
  /** How many of the fields have a directive. */
  directives: number;
}

const anything: Taste = {
  kinds: ["query", "query", "mutation", "mutation", "subscription"],
  likes: () => true,
  oddness: [0, 0.05, 0.2, 0.6],
  directives: 0.06,
};

/** Makes a random operation that fits the schema, all of its three kinds in turn unless taste says otherwise. */
export function createRequest(
  schema: GraphQLSchema,
  random: Random,
  known: Known,
  taste: Taste = anything,
): FuzzRequest {
  for (let turn = 0; turn < tries; turn += 1) {
    const values = new Values(random, known, random.pick(taste.oddness));
    const request = new Writer(schema, random, values, taste).write();
    if (isValid(schema, request.query)) return request;
  }
  return { kind: "query" as OperationTypeNode, query: "{ viewer { tenantId } }", variables: {} };
}

function isValid(schema: GraphQLSchema, query: string): boolean {
  try {
    return validate(schema, parse(query), specifiedRules, { maxErrors: 1 }).length === 0;
  } catch {
    return false;
  }
}

/** The prefix of the ids of what a field of this name asks for. */
const owners: Readonly<Record<string, string>> = {
  run: "run",
  session: "ses",
  command: "cmd",
  runner: "rnr",
  queueTask: "qt",
};

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #values: Values;
  readonly #taste: Taste;
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: { name: string; on: GraphQLNamedType; text: string }[] = [];
  #aliases = 0;
  #fields: number;

  constructor(schema: GraphQLSchema, random: Random, values: Values, taste: Taste) {
    this.#schema = schema;
    this.#random = random;
    this.#values = values;
    this.#taste = taste;
    // How many fields it may still write, apart from those that are needed to close what is open.
    this.#fields = random.pick([3, 6, 12, 25, 50, 120]);
  }

  write(): FuzzRequest {
    const random = this.#random;
    const kind = random.pick(this.#taste.kinds) as OperationTypeNode;
    const root = this.#schema.getRootType(kind) as GraphQLObjectType;
    const depth = random.pick([2, 3, 4, 6, 9]);
    const count = kind === "subscription" ? 1 : random.pick([1, 1, 1, 2, 3, 5]);
    const fields = Array.from({ length: count }, () =>
      this.#field(this.#pick(Object.values(root.getFields())), depth),
    );
    if (kind === "query" && random.chance(0.05))
      fields.push("__schema { queryType { name } types { name kind } }");
    if (kind === "query" && random.chance(0.05)) fields.push('__type(name: "Run") { fields { name } }');
    const name = random.chance(0.5) ? "Fuzz" : "";
    const declared = this.#definitions.length > 0 ? `(${this.#definitions.join(", ")})` : "";
    const head = kind === "query" && name + declared === "" ? "" : `${kind} ${name}${declared} `;
    const fragments = this.#fragments.map(({ name, on, text }) => `fragment ${name} on ${on.name} ${text}`);
    const query = [`${head}{ ${fields.join(" ")} }`, ...fragments].join("\n");
    const operationName = name !== "" && random.chance(0.5) ? { operationName: name } : {};
    return { kind, query, variables: this.#variables, ...operationName };
  }

  /** Another than is liked comes once in many. */
  #pick(fields: readonly GraphQLField<unknown, unknown>[]): GraphQLField<unknown, unknown> {
    const liked = fields.filter((field) => this.#taste.likes(field));
    return this.#random.pick(liked.length === 0 || this.#random.chance(0.01) ? fields : liked);
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const random = this.#random;
    this.#fields -= 1;
    const owner = owners[field.name] ?? "";
    const given = field.args
      .filter(
        ({ type, defaultValue }) =>
          (isNonNullType(type) && defaultValue === undefined) || random.chance(0.35),
      )
      .map((arg) => `${arg.name}: ${this.#argument(arg, owner)}`);
    const hasAlias = given.length > 0 || random.chance(0.2);
    const alias = hasAlias ? `a${(this.#aliases += 1)}: ` : "";
    const args = given.length > 0 ? `(${given.join(", ")})` : "";
    return `${alias}${field.name}${args}${this.#directive()}${this.#selection(field.type, depth - 1)}`;
  }

  #argument(arg: GraphQLArgument, owner: string): string {
    const value = this.#values.of(arg.type, arg.name, owner);
    return literalOf(value, arg.type, (inside, type, solid) => {
      const whole = inside === value && type === arg.type;
      if (!this.#random.chance(whole ? 0.65 : 0.04)) return undefined;
      return this.#variable(inside, solid && !isNonNullType(type) ? `${String(type)}!` : String(type));
    });
  }

  #variable(value: unknown, type: string): string {
    const name = `v${this.#definitions.length}`;
    this.#definitions.push(`$${name}: ${type}`);
    if (value !== null || type.endsWith("!") || this.#random.chance(0.5)) this.#variables[name] = value;
    return `$${name}`;
  }

  #directive(): string {
    if (!this.#random.chance(this.#taste.directives)) return "";
    const name = this.#random.pick(["include", "skip"]);
    const value = this.#random.chance(0.5);
    const condition = this.#random.chance(0.4) ? this.#variable(value, "Boolean!") : String(value);
    return ` @${name}(if: ${condition})`;
  }

  #selection(given: GraphQLOutputType, depth: number): string {
    const type = getNamedType(given);
    if (!isCompositeType(type)) return "";
    return ` ${this.#set(type, depth)}`;
  }

  #set(type: GraphQLNamedType, depth: number): string {
    const random = this.#random;
    const all = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const leaves = all.filter(({ type }) => !isCompositeType(getNamedType(type)));
    const parts: string[] = [];
    const count = 1 + random.below(5);
    for (let each = 0; each < count; each += 1) {
      const field = this.#pick(depth > 0 && this.#fields > 0 ? all : leaves.length > 0 ? leaves : all);
      const isLeaf = leaves.includes(field);
      if (isLeaf || (depth > 0 && this.#fields > 0)) parts.push(this.#field(field, depth));
    }
    if (depth > 0 && random.chance(0.12)) parts.push(this.#spread(type, depth));
    if (isAbstractType(type) && random.chance(0.7)) {
      const possible = random.pick(this.#schema.getPossibleTypes(type));
      parts.push(`... on ${possible.name}${this.#directive()} ${this.#set(possible, depth - 1)}`);
    }
    if (random.chance(0.06)) parts.push(`...${this.#directive()} { __typename }`);
    if (parts.length === 0 || random.chance(0.15)) parts.push("__typename");
    return `{ ${parts.join(" ")} }`;
  }

  /** Spreads a fragment that is there, or a new one. */
  #spread(type: GraphQLNamedType, depth: number): string {
    const there = this.#fragments.filter(({ on }) => on === type);
    const fragment =
      there.length > 0 && this.#random.chance(0.5)
        ? this.#random.pick(there)
        : { name: `F${(this.#aliases += 1)}`, on: type, text: this.#set(type, depth - 1) };
    if (!there.includes(fragment)) this.#fragments.push(fragment);
    return `...${fragment.name}${this.#directive()}`;
  }
}
