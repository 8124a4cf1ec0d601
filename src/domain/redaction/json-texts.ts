import { type JsonObject, type JsonValue, put } from "../json-value.js";
import type { ItemSpans } from "./command-list.js";
import type { CredentialKind } from "./credential-key.js";
import { fieldKinds, holdsValue, isJsonSchema, kindAfter } from "./json-kind.js";
import type { Span } from "./span.js";

/**
 * What comes in place of the texts of a JSON value. `leaf` replaces each string, and each number directly under a credential's
 * key. `key` replaces each key. Without `withKinds` no kind is told, and no number asked for. `list` tells what is known of the
 * items of a list by each other: `leaf` is given it with them. Of a list, `key` is what it stands under in its `holder`.
 */
export type Replacement = {
  withKinds: boolean;
  leaf(value: string | number, kind: CredentialKind | undefined, spans?: readonly Span[]): JsonValue;
  key(name: string): string;
  list?(items: readonly JsonValue[], key: string, holder: JsonObject | undefined): ItemSpans | undefined;
};

type Container = JsonObject | JsonValue[];

/** After so many keys and items, each of 16 characters, a walk has made a step: they take about a millisecond to search. */
const stepSize = 1_000;

/** Whether a value is an array or an object that may hold a text: a list of numbers, say, holds none. */
export function mayHoldText(value: JsonValue): value is Container {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value)) return true;
  // A loop, which takes half as long as `some` where lists of lists are asked.
  for (const item of value)
    if (typeof item === "string" || (typeof item === "object" && item !== null)) return true;
  return false;
}

/**
 * Gives a JSON value with its texts replaced, in steps. What nothing is replaced in is not copied, but shared with the original,
 * which stays as it is. Keys keep their order, and `__proto__` is a key like any other.
 */
export function* replaceTexts(root: JsonValue, replacement: Replacement): Generator<void, JsonValue> {
  if (typeof root === "string") return replacement.leaf(root, undefined);
  const top = new Visit([root]);
  const walk = new Walk(replacement, top);
  // A list of what is left, so that no depth overflows the stack.
  for (let visit = walk.next(); visit !== undefined; visit = walk.next()) while (!walk.goOn(visit)) yield;
  return (top.content as JsonValue[])[0] as JsonValue;
}

/** An array or object that is walked, and its copy once something in it was replaced. */
class Visit {
  readonly from: Container;
  readonly kind: CredentialKind | undefined;
  /** Whether it only describes what is of that kind. */
  readonly isSchema: boolean;
  /** Its keys, if it is an object. */
  readonly keys: readonly string[];
  /** What is looked at next. */
  at = 0;
  /** What is known of its items by each other, if it is a list. */
  items: ItemSpans | undefined;
  /** The keys that were replaced, with what they are now. */
  renamed: Map<string, string> | undefined;
  readonly #parent: Visit | undefined;
  readonly #place: string | number;
  #copy: Container | undefined;

  constructor(from: Container, kind?: CredentialKind, parent?: Visit, place: string | number = 0) {
    this.from = from;
    this.kind = kind;
    this.isSchema = kind !== undefined && isJsonSchema(from);
    this.keys = Array.isArray(from) ? [] : Object.keys(from);
    this.#parent = parent;
    this.#place = place;
  }

  get content(): Container {
    return this.#copy ?? this.from;
  }

  /** Puts a value in the place of what was there. */
  set(place: string | number, value: JsonValue): void {
    if (this.#copy === undefined) this.#replace(shallowCopy(this.from));
    put(this.content, place, value);
  }

  /** Gives the object the names that its keys have been given; those of the same name are numbered. */
  rename(renamed: Map<string, string>): void {
    const object = {};
    const names = new Names(object);
    for (const key of this.keys) {
      const value = (this.content as JsonObject)[key] as JsonValue;
      renamed.set(key, names.define(renamed.get(key) ?? key, value));
    }
    this.#replace(object);
  }

  #replace(copy: Container): void {
    this.#copy = copy;
    Visit.#show(this);
  }

  /** Has what holds it hold its copy, up to what holds a copy already. */
  static #show(child: Visit): void {
    for (let parent = child.#parent; parent !== undefined; child = parent, parent = child.#parent) {
      const isNew = parent.#copy === undefined;
      parent.#copy ??= shallowCopy(parent.from);
      put(parent.#copy, parent.renamed?.get(child.#place as string) ?? child.#place, child.content);
      if (!isNew) return;
    }
  }
}

function shallowCopy(from: Container): Container {
  return Array.isArray(from) ? [...from] : { ...from };
}

/** Goes through a value, the last first of what is left. */
class Walk {
  readonly #replacement: Replacement;
  readonly #pending: Visit[];
  #passed = 0;

  constructor(replacement: Replacement, top: Visit) {
    this.#replacement = replacement;
    this.#pending = [top];
  }

  next(): Visit | undefined {
    return this.#pending.pop();
  }

  /** Replaces what an array or object holds. False once the step is over, before its end. */
  goOn(visit: Visit): boolean {
    const { from, keys } = visit;
    const end = Array.isArray(from) ? from.length : keys.length;
    while (visit.at < end) {
      if (Array.isArray(from)) this.#item(visit, from, visit.at);
      else this.#field(visit, from, keys[visit.at] as string);
      visit.at += 1;
      if (this.#passed < stepSize) continue;
      this.#passed = 0;
      return false;
    }
    if (visit.renamed !== undefined) visit.rename(visit.renamed);
    return true;
  }

  #item(visit: Visit, items: readonly JsonValue[], index: number): void {
    const child = items[index] as JsonValue;
    const isNamed = this.#replacement.withKinds && visit.kind === undefined && typeof child === "string";
    const kind = isNamed ? kindAfter(items[index - 1], child) : visit.kind;
    this.#value(visit, index, child, kind, false, visit.items?.get(index));
  }

  #field(visit: Visit, object: JsonObject, key: string): void {
    const child = object[key] as JsonValue;
    const { withKinds } = this.#replacement;
    const outer = visit.isSchema && !holdsValue(key) ? undefined : visit.kind;
    const { own, inner } = withKinds ? fieldKinds(object, key, child, outer) : noKinds;
    this.#value(visit, key, child, inner, own !== undefined);
    const name = this.#replacement.key(key);
    if (name !== key) (visit.renamed ??= new Map()).set(key, name);
    this.#passed += sizeOf(key);
  }

  #value(
    visit: Visit,
    place: string | number,
    child: JsonValue,
    kind: CredentialKind | undefined,
    isNumberAsked = false,
    spans?: readonly Span[],
  ): void {
    this.#passed += sizeOf(child);
    if (typeof child === "string" || (typeof child === "number" && isNumberAsked)) {
      const replaced = this.#replacement.leaf(child, kind, spans);
      if (replaced !== child) visit.set(place, replaced);
    } else if (mayHoldText(child)) this.#visit(visit, place, child, kind);
  }

  #visit(holder: Visit, place: string | number, child: Container, kind: CredentialKind | undefined): void {
    const visit = new Visit(child, kind, holder, place);
    this.#pending.push(visit);
    if (!Array.isArray(child) || this.#replacement.list === undefined) return;
    const { from } = holder;
    visit.items = Array.isArray(from)
      ? this.#replacement.list(child, "", undefined)
      : this.#replacement.list(child, String(place), from);
  }
}

const noKinds = { own: undefined, inner: undefined };

function sizeOf(value: JsonValue | undefined): number {
  return typeof value === "string" ? 1 + (value.length >> 4) : 1;
}

/** Puts keys into an object of which some have got the same name; each but the first is given a number. */
class Names {
  readonly #target: JsonObject;
  /** The number that was given last, of each name that came more than once. */
  readonly #taken = new Map<string, number>();

  constructor(target: JsonObject) {
    this.#target = target;
  }

  /** Gives the name that the value was put under. */
  define(name: string, value: JsonValue): string {
    let free = name;
    for (let n = (this.#taken.get(name) ?? 1) + 1; Object.hasOwn(this.#target, free); n += 1) {
      free = `${name} ${n}`;
      this.#taken.set(name, n);
    }
    put(this.#target, free, value);
    return free;
  }
}
