import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import type { Random } from "../support/random.js";
import type { Known } from "./known.js";
import { eventOf, payloadOf } from "./payloads.js";
import { jsonOf, oddInstants, oddInts, oddNumbers, textOf } from "./texts.js";

/** The kinds of the ids that an argument of this name means. */
const kindsOfIds: Readonly<Record<string, string>> = {
  runId: "run",
  commandId: "cmd",
  runnerId: "rnr",
  taskId: "qt",
  attemptId: "att",
};

/** Arguments that are texts, and the kinds of what is known for them. */
const kindsOfTexts: Readonly<Record<string, string>> = {
  after: "cursor",
  before: "cursor",
  leaseToken: "leaseToken",
  sessionId: "sessionId",
  idempotencyKey: "idempotencyKey",
  queue: "queue",
  lane: "lane",
  lanes: "lane",
  projectId: "projectId",
};

const nouns = ["ses", "run", "cmd", "evt", "rnr", "job", "qt", "att"];
const ordinary = ["p", "codex", "claude", "main", "ada", "a title of words", "fox"];
const instants = ["2099-01-01T00:00:00Z", "2026-11-22T09:30:00.123456Z", "2031-05-05T05:05:05+05:30"];

/**
 * Makes values of input types, as they are sent in JSON. `oddness`, 0 to 1, is how many of them are odd: at the edges of their
 * types, or beyond what the service takes. The others are ordinary, and of things that are known.
 */
export class Values {
  readonly #random: Random;
  readonly #known: Known;
  readonly #oddness: number;

  constructor(random: Random, known: Known, oddness: number) {
    this.#random = random;
    this.#known = known;
    this.#oddness = oddness;
  }

  /** One of the type. `name` is that of the argument or field; `owner` the kind of the id that an `id` there means. */
  of(type: GraphQLInputType, name: string, owner: string): unknown {
    if (!isNonNullType(type) && this.#random.chance(this.#oddness / 8)) return null;
    return this.#solid(type, name, owner);
  }

  #isOdd(): boolean {
    return this.#random.chance(this.#oddness);
  }

  #solid(type: GraphQLInputType, name: string, owner: string): unknown {
    if (isNonNullType(type)) return this.#solid(type.ofType, name, owner);
    if (isListType(type)) {
      const length = this.#isOdd() ? this.#random.pick([0, 2, 5, 30, 100]) : this.#random.pick([1, 1, 2, 3]);
      return Array.from({ length }, () => this.of(type.ofType, name, owner));
    }
    return isInputObjectType(type) ? this.#object(type) : this.#leaf(type, name, owner);
  }

  #object(type: GraphQLInputObjectType): unknown {
    if (type.name === "RunEventInput" && !this.#isOdd()) return eventOf(this.#random);
    const fields = Object.values(type.getFields());
    const owner = type.name.startsWith("Session") ? "ses" : "";
    if (type.isOneOf) {
      const field = this.#random.pick(fields);
      return { [field.name]: this.#solid(field.type, field.name, owner) };
    }
    const given = fields.filter(({ type }) => isNonNullType(type) || this.#random.chance(0.35));
    return Object.fromEntries(given.map((field) => [field.name, this.of(field.type, field.name, owner)]));
  }

  #leaf(type: GraphQLLeafType, name: string, owner: string): unknown {
    const random = this.#random;
    if (isEnumType(type)) return random.pick(type.getValues()).name;
    if (type.name === "Boolean") return random.chance(0.5);
    if (this.#isOdd()) return this.#odd(type.name);
    if (type.name === "ID") return this.#known.pick(kindsOfIds[name] ?? owner, random) ?? this.#odd("ID");
    if (type.name === "Int") return random.pick([1, 2, 10, 60, 100]);
    if (type.name === "SafeInt") return this.#known.pick("version", random) ?? 1;
    if (type.name === "DateTime") return random.pick(instants);
    if (type.name === "JSON") return { a: [1, "b"] };
    return this.#known.pick(kindsOfTexts[name] ?? "", random) ?? random.pick(ordinary);
  }

  #odd(type: string): unknown {
    const random = this.#random;
    if (type === "ID") return this.#oddId();
    if (type === "Int") return random.pick(oddInts);
    if (type === "SafeInt" || type === "Float") return random.pick([...oddInts, ...oddNumbers]);
    if (type === "DateTime") return random.pick(oddInstants);
    if (type === "JSON") return random.chance(0.5) ? payloadOf(random) : jsonOf(random);
    return textOf(random);
  }

  /** An id of another noun, or one that nothing has, or what is none. */
  #oddId(): unknown {
    const random = this.#random;
    const noun = random.pick(nouns);
    const there = this.#known.pick(noun, random);
    if (there !== undefined && random.chance(0.4)) return there;
    const length = noun === "evt" ? 40 : 32;
    const hex = Array.from({ length }, () => "0123456789abcdef"[random.below(16)]).join("");
    return random.pick<unknown>([`${noun}_${hex}`, `${noun}_${"f".repeat(length)}`, 7, -1, textOf(random)]);
  }
}
