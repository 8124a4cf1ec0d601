/** What describes a GraphQL schema to the editor. */
interface SchemaConfig {
  customScalarSchemas?: Record<string, object>;
}

/** The part of the editor's GraphQL language that is used: `languages.graphql.api` of Monaco. */
export interface EditorLanguage {
  setSchemaConfig(schemas: readonly SchemaConfig[]): void;
}

/**
 * Tells the variables editor what the schema's own scalars take; it runs in the browser. GraphiQL tells it nothing,
 * and then it marks every object that is given for a scalar as an error. Call it before GraphiQL gives its schema to
 * the editor; calling it again changes nothing.
 */
export function describeScalars(language: EditorLanguage): void {
  // Not {}: the editor adds null to the types of what may be null.
  const customScalarSchemas = { JSON: { type: ["object", "array", "string", "number", "boolean"] } };
  const { prototype }: { prototype: EditorLanguage } = language.constructor as never;
  language.setSchemaConfig = (schemas) =>
    prototype.setSchemaConfig.call(
      language,
      schemas.map((schema) => ({ ...schema, customScalarSchemas })),
    );
}
