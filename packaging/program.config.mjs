// How `npm run build` makes the program: src/cli/main.ts with the packages that it uses, as few files in dist/cli. Node takes about
// 0.7 ms to find and open a module, and the service has some 1,000 of its own and its packages', so this halves the time until
// it is ready. Commands stay files of their own, which are read only when they are run. Names are kept, and nothing is
// minified, so that stack traces can be read.
import { defineConfig } from "rolldown";

/**
 * Writes what is not ASCII as escapes, which say the same in strings, templates and regular expressions. V8 keeps the text of a file
 * for as long as it runs, with two bytes a character if one of them is not ASCII: that is 3 MB of the service.
 */
function inAscii(code) {
  const raw = /String\.raw`[^`]*[^\0-\x7f]/.exec(code);
  if (raw) throw new Error(`in String.raw an escape is another text: ${raw[0]}`);
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const asciiOnly = {
  name: "ascii-only",
  // What comes before writes strings anew.
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === "chunk") file.code = inAscii(file.code);
  },
};

export default defineConfig({
  input: "src/cli/main.ts",
  platform: "node",
  tsconfig: "tsconfig.json",
  // These stay packages: the first two read WASM files beside their own, or make 18 MB of text if they are bundled; the others are
  // read only by services that use them. None may import graphql or pg, of which there must be one each: their classes are compared.
  external: [/^@prisma\/(client|schema-engine-wasm)\//, /^@graphql-yoga\/render-graphiql\//, "ioredis"],
  plugins: [asciiOnly],
  output: {
    dir: "dist/cli",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    comments: { legal: true, jsdoc: false, annotation: false },
  },
});
