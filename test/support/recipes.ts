import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** A project that installed the package, and what else it names, in a folder of its own. */
export interface Project {
  folder: string;
  write(file: string, text: string): void;
  /** Compiles TypeScript files beside themselves; gives what is wrong with them. */
  compile(files: readonly string[], ...options: string[]): string;
  /** Runs a program, until it ends or is stopped. */
  run(program: string, ...args: string[]): RunningProgram;
  close(): void;
}

/** A program of a project. */
export interface RunningProgram {
  lines(): string[];
  errors(): string;
  stop(): void;
  ended: Promise<number | null>;
}

/** Opens a project with links to these packages. */
export function openProject(...packages: string[]): Project {
  const folder = mkdtempSync(join(tmpdir(), "agentrun-project-"));
  const link = (from: string, name: string) => {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(resolve(from), join(folder, "node_modules", name));
  };
  for (const name of packages) link(`node_modules/${name}`, name);
  link(".", "agentrun-graph");
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  return {
    folder,
    write: (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    compile: (files, ...options) => {
      const common = [
        "--ignoreConfig",
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2023",
        "--skipLibCheck",
      ];
      const done = spawnSync(
        resolve("node_modules/.bin/tsc"),
        [...files, ...common, "--types", "node", ...options],
        {
          cwd: folder,
          encoding: "utf8",
        },
      );
      return done.stdout + done.stderr;
    },
    run: (program, ...args) => {
      const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let errors = "";
      child.stdout.on("data", (part: Buffer) => (out += part.toString()));
      child.stderr.on("data", (part: Buffer) => (errors += part.toString()));
      return {
        lines: () => out.split("\n").slice(0, -1),
        errors: () => errors,
        stop: () => void child.kill(),
        ended: new Promise((end) => child.on("close", (code) => end(code))),
      };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The programs of a page: fenced blocks that begin with a comment that names a file. */
export function blocksOf(page: string): Map<string, string> {
  const text = readFileSync(page, "utf8");
  const blocks = text.matchAll(/```(?:ts|tsx|python)\n((?:\/\/|#) (\S+\.(?:tsx?|py))\n[^]*?)```/g);
  return new Map([...blocks].map(([, block = "", file = ""]) => [file, block]));
}
