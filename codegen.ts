import type { CodegenConfig } from "@graphql-codegen/cli";

type Output = CodegenConfig["generates"][string];

/** Types the operations that the given files send through `graphql`. */
function documentsOf(...documents: string[]): Output {
  return {
    documents,
    preset: "client",
    presetConfig: { fragmentMasking: false },
    config: {
      documentMode: "string",
      useTypeImports: true,
      enumsAsTypes: true,
      strictScalars: true,
      defaultScalarType: "unknown",
      scalars: { ID: "string", DateTime: "string", JSON: "unknown", SafeInt: "number" },
    },
  };
}

/** Types the operations of our own programs, and those of the tests, against schema.graphql. */
const config: CodegenConfig = {
  schema: "schema.graphql",
  ignoreNoDocuments: true,
  importExtension: ".js",
  generates: {
    "src/generated/client/": documentsOf("src/client/**/*.ts"),
    "src/generated/documents/": documentsOf("src/cli/**/*.ts"),
    "src/generated/web/": documentsOf("src/web/**/*.{ts,tsx}"),
    "test/generated/documents/": documentsOf("test/**/*.ts", "!test/generated/**", "!test/bench/peers/**"),
  },
};

export default config;
