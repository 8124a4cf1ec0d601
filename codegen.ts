import type { CodegenConfig } from "@graphql-codegen/cli";

/** Types the operations of our own programs against schema.graphql. */
const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["src/client/**/*.ts", "src/cli/**/*.ts"],
  ignoreNoDocuments: true,
  importExtension: ".js",
  generates: {
    "src/generated/documents/": {
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
    },
  },
};

export default config;
