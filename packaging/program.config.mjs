// How `npm run build` makes the program: src/cli/main.ts with the packages that it uses, as few files in dist/cli. Node takes about
// 0.7 ms to find and open a module, and the service has some 1,000 of its own and its packages', so this halves the time until
// it is ready. Commands stay files of their own, which are read only when they are run. Names are kept, and nothing is
// minified, so that stack traces can be read.
import { defineConfig } from "rolldown";

export default defineConfig({
  input: "src/cli/main.ts",
  platform: "node",
  tsconfig: "tsconfig.json",
  // These stay packages: the first two read WASM files beside their own, and make 18 MB of text if they are bundled; the others are
  // read only by services that use them. All that use graphql or pg must be on the same side as these, so that there is one of each.
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
