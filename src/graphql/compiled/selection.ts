import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  Kind,
  type SelectionSetNode,
  isAbstractType,
} from "graphql";
import type { Reads } from "./reads.js";
import { NotCompiled } from "./not-compiled.js";

/** A field that is asked for: by what name, and all places that ask for it. */
export interface Asked {
  key: string;
  name: string;
  /** Undefined for `__typename`. */
  field: GraphQLField<unknown, unknown> | undefined;
  node: FieldNode;
  sets: readonly SelectionSetNode[];
  /** Its arguments, once they are known to be the same for every call. */
  constant?: Readonly<Record<string, unknown>>;
}

/** What is asked for, by type. */
export class Selections {
  readonly schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(schema: GraphQLSchema, fragments: readonly FragmentDefinitionNode[]) {
    this.schema = schema;
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  /** The fields of an object type that selections ask for, in the order of the answer. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Asked[] {
    const found = new Map<string, { node: FieldNode; sets: SelectionSetNode[] }>();
    for (const set of sets) this.#collect(type, set, found);
    return [...found].map(([key, { node, sets }]) => {
      const name = node.name.value;
      const field = name === "__typename" ? undefined : type.getFields()[name];
      if (name !== "__typename" && !field) throw new NotCompiled();
      return { key, name, field, node, sets };
    });
  }

  #collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    found: Map<string, { node: FieldNode; sets: SelectionSetNode[] }>,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const there = found.get(key) ?? { node: selection, sets: [] };
        if (selection.selectionSet) there.sets.push(selection.selectionSet);
        found.set(key, there);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (fragment && this.#applies(type, fragment.typeCondition?.name.value))
        this.#collect(type, fragment.selectionSet, found);
    }
  }

  #applies(type: GraphQLObjectType, condition: string | undefined): boolean {
    if (condition === undefined || condition === type.name) return true;
    const asked = this.schema.getType(condition);
    return isAbstractType(asked) && this.schema.isSubType(asked, type);
  }
}

/** What a field says of how it is read. */
export function readsOf({ field }: Asked): Reads {
  const { reads, pothosExposedField, pothosOptions } = field?.extensions ?? {};
  const { authScopes } = (pothosOptions ?? {}) as { authScopes?: unknown };
  if (authScopes !== undefined) throw new NotCompiled();
  if (reads) return reads as Reads;
  if (typeof pothosExposedField === "string") return { kind: "exposed", field: pothosExposedField };
  throw new NotCompiled();
}
