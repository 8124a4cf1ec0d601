import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { type Plugin, defineConfig } from "vite";
import * as clientDocuments from "../generated/client/graphql.js";
import * as pageDocuments from "../generated/web/graphql.js";

/** Writes what PERSISTED_DOCUMENTS needs to hold for the page: the documents that it sends, by their SHA-256. */
function documentList(): Plugin {
  return {
    name: "document-list",
    generateBundle() {
      const texts = Object.entries({ ...clientDocuments, ...pageDocuments })
        .filter(([name]) => name.endsWith("Document"))
        .map(([, document]) => String(document));
      const byHash = texts.map((text) => [createHash("sha256").update(text).digest("hex"), text]);
      const source = JSON.stringify(Object.fromEntries(byHash), null, 1);
      this.emitFile({ type: "asset", fileName: "documents.json", source });
    },
  };
}

/** Puts `first.js` before all else. It is no module, since those wait until the page is read, and may be drawn before. */
function firstScript(): Plugin {
  const source = readFileSync(new URL("first.js", import.meta.url), "utf8");
  const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
  const fileName = `assets/first-${hash}.js`;
  return {
    name: "first-script",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source });
    },
    transformIndexHtml: () => [{ tag: "script", attrs: { src: `/${fileName}` }, injectTo: "head-prepend" }],
  };
}

/** The page is built into `dist/web`, and `src/server/web-page.ts` serves it from there. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), documentList(), firstScript()],
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // The policy lets nothing in that is written into the page or the style.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
