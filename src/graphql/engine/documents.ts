import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  Lexer,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  OverlappingFieldsCanBeMergedRule,
  Source,
  TokenKind,
  type ValidationRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { badUserInput } from "../../domain/errors.js";
import { type Limits, beyondLimit } from "./limits.js";
import { measureOperation } from "./measure.js";
import { Operation } from "./operation.js";

/** How many bytes of documents are kept, those of what was compiled of them included. */
const keptBytes = 64 * 1024 * 1024;

/**
 * What a kept document takes: a parsed token 460 bytes (22.7 MiB for 49,300 tokens), and as much again for what is made of it
 * (the copy with coerced variables, the compiled code).
 */
const bytesPerToken = 1_000;

/** The most errors of validation that are told. */
const maxErrors = 10;

/** All but the one that compares each field with each other, which is asked of documents that are valid else. */
const quickRules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

/** A document that fits the schema, and its operations. */
interface Known {
  operations: ReadonlyMap<string | null, Operation>;
}

/**
 * Parses, measures and validates documents, in this order: what breaks a limit is not validated, since validation takes time
 * that grows faster than the document. Documents that passed are kept, bounded in bytes, the one used longest ago goes first.
 */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #limits: Limits;
  readonly #introspection: boolean;
  readonly #kept = new LRUCache<string, Known>({ maxSize: keptBytes });

  /** Without introspection no document may ask for it, and errors suggest no names. */
  constructor(schema: GraphQLSchema, limits: Limits, introspection: boolean) {
    this.#schema = schema;
    this.#limits = limits;
    this.#introspection = introspection;
  }

  /**
   * The operation of this name in a text; of a text with one operation alone, that one if no name is given. Throws the refusal
   * of a text that breaks a limit, or a list of errors if it is no document or does not fit the schema.
   */
  read(text: string, operationName: string | null): Operation {
    const { operations } = this.#kept.get(text) ?? this.#learn(text);
    const operation =
      operationName === null && operations.size === 1
        ? operations.values().next().value
        : operations.get(operationName);
    if (operation) return operation;
    const names = [...operations.keys()].filter((name) => name !== null);
    throw badUserInput("operationName", `must be one of ${names.slice(0, 20).join(", ")}`);
  }

  #learn(text: string): Known {
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#limits.queryBytes)
      throw beyondLimit("queryBytes", bytes, this.#limits, "GRAPHQL_PARSE_FAILED");
    const tokens = this.#scan(text);
    const document = orInvalid(() => parse(text));
    const operations = this.#measure(document);
    this.#validate(
      document,
      this.#introspection ? quickRules : [...quickRules, NoSchemaIntrospectionCustomRule],
    );
    this.#validate(document, [OverlappingFieldsCanBeMergedRule]);
    const known = { operations };
    this.#kept.set(text, known, { size: bytes * 2 + tokens * bytesPerToken });
    return known;
  }

  #validate(document: DocumentNode, rules: readonly ValidationRule[]): void {
    const options = { maxErrors: maxErrors - 1, hideSuggestions: !this.#introspection };
    const errors = validate(this.#schema, document, rules, options);
    if (errors.length > 0) throw new InvalidDocument(errors, "document");
  }

  /** Counts the tokens, and how deep brackets nest, before the parser recurses over them. */
  #scan(text: string): number {
    const lexer = new Lexer(new Source(text));
    let tokens = 0;
    let level = 0;
    let deepest = 0;
    for (let token = next(lexer); token.kind !== TokenKind.EOF; token = next(lexer)) {
      tokens += 1;
      if (opening.has(token.kind)) level += 1;
      else if (closing.has(token.kind)) level -= 1;
      deepest = Math.max(deepest, level);
    }
    const limits = this.#limits;
    if (tokens > limits.tokens) throw beyondLimit("tokens", tokens, limits, "GRAPHQL_PARSE_FAILED");
    if (deepest > limits.jsonDepth) throw beyondLimit("jsonDepth", deepest, limits, "GRAPHQL_PARSE_FAILED");
    return tokens;
  }

  #measure(document: DocumentNode): ReadonlyMap<string | null, Operation> {
    const operations = new Map<string | null, Operation>();
    for (const node of document.definitions) {
      if (node.kind !== Kind.OPERATION_DEFINITION) continue;
      const operation = this.#admit(document, node);
      operations.set(operation.name, operation);
    }
    return operations;
  }

  #admit(document: DocumentNode, node: OperationDefinitionNode): Operation {
    const measure = measureOperation(this.#schema, document, node);
    for (const limit of ["depth", "rootFields", "aliases", "directives"] as const) {
      if (measure[limit] > this.#limits[limit]) throw beyondLimit(limit, measure[limit], this.#limits);
    }
    if (!measure.varies && measure.cost > this.#limits.cost)
      throw beyondLimit("cost", Math.ceil(measure.cost), this.#limits);
    return new Operation(document, node, measure);
  }
}

/** A text that is no document, or that does not fit the schema, or whose variables do not. */
export class InvalidDocument extends Error {
  readonly errors: readonly GraphQLError[];
  readonly part: "text" | "document" | "variables";

  constructor(errors: readonly GraphQLError[], part: InvalidDocument["part"]) {
    super(`the ${part} of a request is not valid`);
    this.errors = errors;
    this.part = part;
  }
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

function next(lexer: Lexer) {
  return orInvalid(() => lexer.advance());
}

function orInvalid<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof GraphQLError ? new InvalidDocument([error], "text") : error;
  }
}
