// Runs Prisma's schema engine, compiled to WASM. `prisma migrate` runs the same engine as a program, which it
// downloads.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type { SchemaEngine, SchemaFilter } from "@prisma/schema-engine-wasm/schema_engine_bg";

/** The one function of WebAssembly that is used here. Neither Node's types nor ES2023 declare it. */
declare const WebAssembly: {
  instantiate(
    code: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

type Bindings = typeof import("@prisma/schema-engine-wasm/schema_engine_bg");

const bindingsModule = "@prisma/schema-engine-wasm/schema_engine_bg";
let loading: Promise<Bindings> | undefined;

/** The filter that leaves nothing out. */
export const wholeDatabase: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Runs `work` with an engine on the given adapter, and frees the engine afterwards. The first call in a process loads
 * 5 MB of WASM, in about 80 ms. The engine keeps an advisory lock of its own until its connection ends, so end the
 * pool afterwards.
 */
export async function withEngine<Result>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  loading ??= loadBindings();
  const { SchemaEngine } = await loading;
  const bound = bindMigrationAwareSqlAdapterFactory(adapter);
  try {
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bound);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw new Error(readProblem(error), { cause: error });
  }
}

async function loadBindings(): Promise<Bindings> {
  // Here the engine says why it panicked. Prisma's client sets the same variable. Nothing can go on after a panic, and
  // without this the process would end with a TypeError that hides the reason.
  (globalThis as { PRISMA_WASM_PANIC_REGISTRY?: object }).PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message(message: string): never {
      throw new Error(`the schema engine panicked: ${message}`);
    },
  };
  const bindings = (await import(bindingsModule)) as Bindings;
  const path = createRequire(import.meta.url)
    .resolve(bindingsModule)
    .replace(/\.js$/, ".wasm");
  const { instance } = await WebAssembly.instantiate(await readFile(path), {
    "./schema_engine_bg.js": { ...bindings },
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  return bindings;
}

/** Gives the engine's message without the trace of Rust functions that follows it. */
function readProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\n\s+0: /)[0]!.trim();
}
