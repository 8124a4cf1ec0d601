// How `npm run build` makes the program: src/cli/main.ts with the packages that it uses, as few files in dist/cli. Node takes about
// 0.7 ms to find and open a module, and the service has some 1,000 of its own and its packages', so this halves the time until
// it is ready. Commands stay files of their own, which are read only when they are run. Names are kept, and nothing is
// minified, so that stack traces can be read.
import { defineConfig } from "rolldown";

export default defineConfig({
  input: "src/cli/main.ts",
  platform: "node",
  tsconfig: "tsconfig.json",
  // These stay packages: the first two read WASM files beside their own, or make 18 MB of text if they are bundled; the others are
  // read only by services that use them. None may import graphql or pg, of which there must be one each: their classes are compared.
  external: [/^@prisma\/(client|schema-engine-wasm)\//, /^@graphql-yoga\/render-graphiql\//, "ioredis"],
  output: {
    dir: "dist/cli",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    comments: { legal: true, jsdoc: false, annotation: false },
  },
});
