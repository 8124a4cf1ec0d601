import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page is built into `dist/web`, and `src/server/web-page.ts` serves it from there. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
