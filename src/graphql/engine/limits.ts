import type { ReadBound } from "../../store/bounded-client.js";
import { type ErrorCode, AgentRunError } from "../../domain/errors.js";

/** What one request may cost at most. Each limit has a variable of the environment: see server/variables.ts. */
export interface Limits {
  /** How long the body of a request and a message of a WebSocket may be, in bytes. */
  bodyBytes: number;
  /** How long the text of a query may be, in bytes of UTF-8. */
  queryBytes: number;
  /** Of how many tokens a document may consist: names, values and punctuation. */
  tokens: number;
  /** How deep fields may nest in an operation. */
  depth: number;
  /** How many fields of an operation may have an alias; those of a fragment count each time that it is spread. */
  aliases: number;
  /** How many fields an operation may ask of Query, Mutation or Subscription. */
  rootFields: number;
  /** How many directives an operation may have. */
  directives: number;
  /** How many fields an operation may ask for, each counted as often as the lists above it may hold rows. */
  cost: number;
  /** How deep the variables and extensions of a request may nest, and the brackets of its document. */
  jsonDepth: number;
  /** How many keys the objects in a request's JSON may have in all; each object and list counts as one more. */
  jsonKeys: number;
  /** How many values these objects and lists may hold in all. */
  jsonValues: number;
  /** How many ids `nodes` may be asked for. */
  nodes: number;
  /** How long the variables of a subscription may be as JSON, in bytes: they are kept as long as it lives. */
  streamVariableBytes: number;
  /** How long an answer may be, in bytes, and what is read for it. */
  answerBytes: number;
}

/** The limits unless the environment says otherwise. */
export const defaultLimits: Limits = {
  bodyBytes: 4 * 1024 * 1024,
  queryBytes: 65_536,
  tokens: 2_000,
  depth: 15,
  aliases: 50,
  rootFields: 20,
  directives: 50,
  cost: 50_000,
  jsonDepth: 100,
  jsonKeys: 30_000,
  jsonValues: 140_000,
  nodes: 100,
  streamVariableBytes: 65_536,
  answerBytes: 32 * 1024 * 1024,
};

const words: Record<keyof Limits, string> = {
  bodyBytes: "bytes",
  queryBytes: "bytes of query text",
  tokens: "tokens in the document",
  depth: "levels of fields",
  aliases: "aliases in the operation",
  rootFields: "root fields in the operation",
  directives: "directives in the operation",
  cost: "fields, counted with the sizes of pages",
  jsonDepth: "levels of brackets or JSON",
  jsonKeys: "keys, objects and lists of JSON",
  jsonValues: "values in objects and lists of JSON",
  nodes: "ids",
  streamVariableBytes: "bytes of variables of a subscription",
  answerBytes: "bytes of answer",
};

/** The refusal of a request that asks for more than a limit allows: it says which limit, what was asked and what is allowed. */
export function beyondLimit(
  limit: keyof Limits,
  asked: number,
  limits: Limits,
  code: ErrorCode = "QUERY_TOO_COMPLEX",
): AgentRunError {
  const allowed = limits[limit];
  const many = Number.isFinite(asked) ? String(asked) : "countless";
  return new AgentRunError(`the request asks for ${many} ${words[limit]}; at most ${allowed} are allowed`, {
    code,
    details: { limit, asked: Number.isFinite(asked) ? asked : null, allowed },
  });
}

/** The refusal of an answer that would be too long. How long is not known: it is not made. What a mutation has done is done. */
export class AnswerTooLong extends AgentRunError {
  constructor({ answerBytes: allowed }: Limits) {
    super(
      `the request asks for an answer of too many bytes; at most ${allowed} are allowed: ask for fewer rows or fields; what a mutation does is done all the same`,
      { code: "QUERY_TOO_COMPLEX", details: { limit: "answerBytes", asked: null, allowed } },
    );
  }
}

/** How much is read for one answer, which is too long where it is more. */
export function readBoundOf(limits: Limits): ReadBound {
  return { most: limits.answerBytes, refusal: () => new AnswerTooLong(limits) };
}
