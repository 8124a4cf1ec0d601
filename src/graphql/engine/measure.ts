/*
 * How much an operation asks for, counted before it is run. A fragment is measured once and counted each time that it is
 * spread, so that measuring takes time in proportion to the document, whatever its fragments multiply to.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  getNamedType,
  introspectionTypes,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  valueFromASTUntyped,
} from "graphql";

/** What an operation asks for, without what depends on its variables. */
export interface Measure {
  /** How deep its fields nest. */
  depth: number;
  aliases: number;
  rootFields: number;
  directives: number;
  /** How many fields it asks for, each counted as often as the lists above it may hold rows. */
  cost: number;
  /** True if the cost depends on the variables. */
  varies: boolean;
}

type Variables = Readonly<Record<string, unknown>>;
type Complexity = number | { field?: number; multiplier?: number };
type ComplexityOption = Complexity | ((args: Variables, context: object, field: unknown) => Complexity);

const nothing: Measure = { depth: 0, aliases: 0, rootFields: 0, directives: 0, cost: 0, varies: false };

/** Measures one operation of a document. Fields and fragments that the schema does not know are counted all the same. */
export function measureOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables = {},
): Measure {
  const walk = new Walk(schema, document, variables);
  const root = schema.getRootType(operation.operation) ?? undefined;
  const inside = walk.selectionSet(operation.selectionSet, root);
  const definitions = operation.variableDefinitions ?? [];
  const own = [operation, ...definitions].map(({ directives }) => directives?.length ?? 0);
  return { ...inside, directives: own.reduce((sum, count) => sum + count, inside.directives) };
}

class Walk {
  readonly #schema: GraphQLSchema;
  readonly #variables: Variables;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<SelectionSetNode, Map<GraphQLNamedType | undefined, Measure>>();

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables) {
    this.#schema = schema;
    this.#variables = variables;
    for (const each of document.definitions) {
      if (each.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(each.name.value, each);
    }
  }

  selectionSet(node: SelectionSetNode, type: GraphQLNamedType | undefined): Measure {
    const ofTypes = this.#known.get(node) ?? new Map<GraphQLNamedType | undefined, Measure>();
    this.#known.set(node, ofTypes);
    const known = ofTypes.get(type);
    if (known) return known;
    // A fragment that spreads itself counts for nothing inside itself: validation refuses it afterwards.
    ofTypes.set(type, nothing);
    const sum = { ...nothing };
    for (const selection of node.selections) add(sum, this.#selection(selection, type));
    ofTypes.set(type, sum);
    return sum;
  }

  #selection(node: SelectionNode, type: GraphQLNamedType | undefined): Measure {
    const directives = node.directives?.length ?? 0;
    if (node.kind === Kind.FIELD) {
      const field = this.#field(node, type);
      return { ...field, directives: field.directives + directives };
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : this.#fragments.get(node.name.value);
    if (!fragment) return { ...nothing, directives };
    const on = fragment.typeCondition ? this.#schema.getType(fragment.typeCondition.name.value) : type;
    const inside = this.selectionSet(fragment.selectionSet, on);
    const ofFragment = node === fragment ? 0 : (fragment.directives?.length ?? 0);
    return { ...inside, directives: inside.directives + directives + ofFragment };
  }

  #field(node: FieldNode, type: GraphQLNamedType | undefined): Measure {
    const field = fieldOf(this.#schema, type, node.name.value);
    const { own, multiplier, varies } = this.#complexity(node, type, field);
    const inside = node.selectionSet
      ? this.selectionSet(node.selectionSet, field && getNamedType(field.type))
      : nothing;
    return {
      depth: inside.depth + 1,
      aliases: inside.aliases + (node.alias ? 1 : 0),
      rootFields: 1,
      directives: inside.directives,
      cost: own + inside.cost * multiplier,
      varies: varies || inside.varies,
    };
  }

  #complexity(
    { name, arguments: given = [] }: FieldNode,
    type: GraphQLNamedType | undefined,
    field: GraphQLField<unknown, unknown> | undefined,
  ): { own: number; multiplier: number; varies: boolean } {
    const option = field?.extensions["complexity"] as ComplexityOption | undefined;
    if (typeof option !== "function") {
      const { field: own = 1, multiplier = 1 } =
        typeof option === "number" ? { field: option } : (option ?? {});
      return { own, multiplier: multiplier * introspected(this.#schema, type, name.value), varies: false };
    }
    // What is not known yet, and what is neither one of these lists nor a number, which is refused where arguments are checked, is
    // left out.
    const args = given
      .map(({ name: { value: key }, value }) => [key, valueFromASTUntyped(value, this.#variables)] as const)
      .filter(([key, value]) => (key in lists ? Array.isArray(value) : typeof value === "number"));
    const made = option({ ...lists, ...Object.fromEntries(args) }, {}, field);
    const { field: own = 1, multiplier = 1 } = typeof made === "number" ? { field: made } : made;
    return { own, multiplier, varies: given.some(({ value }) => value.kind === Kind.VARIABLE) };
  }
}

/** The arguments that are lists by whose length a field counts. */
const lists = { ids: [], filters: [] };

function add(sum: Measure, part: Measure): void {
  sum.depth = Math.max(sum.depth, part.depth);
  sum.aliases += part.aliases;
  sum.rootFields += part.rootFields;
  sum.directives += part.directives;
  sum.cost += part.cost;
  sum.varies ||= part.varies;
}

function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (type && type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

const counts = new WeakMap<GraphQLSchema, Record<string, number>>();

/** How many rows a list of introspection holds: all types, and of what a type has the mean over all of them. */
function introspected(schema: GraphQLSchema, type: GraphQLNamedType | undefined, name: string): number {
  if (!type || !introspectionTypes.some((each) => each.name === type.name)) return 1;
  const known = counts.get(schema) ?? countSchema(schema);
  counts.set(schema, known);
  return known[name] ?? 1;
}

function countSchema(schema: GraphQLSchema): Record<string, number> {
  const types = Object.values(schema.getTypeMap());
  const withFields = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = withFields.map((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length);
  const values = types.filter(isEnumType).map((type) => type.getValues().length);
  // Over all types, since all are asked: most have none of these.
  const ofEach = (lengths: readonly number[]) => sumOf(lengths) / types.length;
  return {
    types: types.length,
    directives: schema.getDirectives().length,
    fields: ofEach(fields.map((each) => each.length)),
    args: mean(fields.flat().map(({ args }) => args.length)),
    inputFields: ofEach(inputs),
    enumValues: ofEach(values),
    // Half of what could be wrapped is: a chain of ofType ends after one or two, however many are asked for.
    ofType: 0.5,
    possibleTypes: ofEach(
      withFields.filter(isInterfaceType).map((type) => schema.getPossibleTypes(type).length),
    ),
  };
}

function mean(numbers: readonly number[]): number {
  return Math.max(1, sumOf(numbers) / Math.max(1, numbers.length));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
