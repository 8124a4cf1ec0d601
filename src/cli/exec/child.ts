import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { environmentWithoutToken } from "../service-token.js";
import { openInputFile } from "./input-file.js";
import type { OutputStreamName } from "./output-piece.js";
import { openOutputPipes } from "./output-pipe.js";

/** How long a process that was told to stop may take before it is killed, in milliseconds. */
const stopMs = 10_000;

/**
 * How long the output of an ended process may be silent before it is not waited for any more, in milliseconds.
 * Something that the process left running may still hold its streams open.
 */
const lingerMs = 2_000;

/** How a process ended. */
export type ChildExit =
  | { kind: "EXITED"; code: number }
  | { kind: "KILLED"; signal: NodeJS.Signals }
  | { kind: "NOT_STARTED"; error: NodeJS.ErrnoException };

/** What a process is given besides its arguments. */
export interface ChildOptions {
  /** The whole text of its standard input. Default: our own standard input. */
  input?: string | undefined;
  /** What its environment has besides our own, of which it gets everything but the token. Default: nothing. */
  env?: NodeJS.ProcessEnv | undefined;
}

/**
 * A process in a group of its own. `exit` settles once the process has ended and its streams have been read to their
 * end. If something that it left running holds the streams open, `exit` settles once they are silent.
 */
export class Child {
  readonly exit: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #streams: Record<OutputStreamName, Readable>;
  readonly #blocks = { stdout: new Set<string>(), stderr: new Set<string>() };
  readonly #onExit = () => this.signal("SIGTERM");
  #hasExited = false;
  #hasEnded = false;
  #isStopping = false;
  #kill: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;

  private constructor(
    started: ChildProcess,
    streams: Record<OutputStreamName, Readable>,
    onOutput: (stream: OutputStreamName, chunk: Uint8Array) => void,
  ) {
    this.#process = started;
    this.#streams = streams;
    const closed = (["stdout", "stderr"] as const).map((name) => {
      const stream = streams[name];
      const closing = new Promise<void>((resolve) => stream.once("close", resolve));
      stream.on("error", () => stream.destroy());
      stream.on("data", (chunk: Uint8Array) => {
        this.#linger?.refresh();
        onOutput(name, chunk);
      });
      return closing;
    });
    this.exit = this.#await(closed);
    process.once("exit", this.#onExit);
  }

  /** Starts a program. Gives NOT_STARTED with the reason if it cannot be started. */
  static async start(
    argv: readonly [string, ...string[]],
    onOutput: (stream: OutputStreamName, chunk: Uint8Array) => void,
    { input, env }: ChildOptions = {},
  ): Promise<Child | Extract<ChildExit, { kind: "NOT_STARTED" }>> {
    const pipes = openOutputPipes();
    const inputFile = input === undefined ? undefined : openInputFile(input);
    const [program, ...args] = argv;
    let started: ChildProcess;
    try {
      started = spawn(program, args, {
        stdio: [
          inputFile?.fd ?? "inherit",
          pipes?.stdout.writableFd ?? "pipe",
          pipes?.stderr.writableFd ?? "pipe",
        ],
        detached: true,
        env: environmentWithoutToken(env),
      });
      await once(started, "spawn");
    } catch (error) {
      pipes?.stdout.readable.destroy();
      pipes?.stderr.readable.destroy();
      return { kind: "NOT_STARTED", error: error as NodeJS.ErrnoException };
    } finally {
      inputFile?.close();
      pipes?.stdout.closeWritable();
      pipes?.stderr.closeWritable();
    }
    const stdout = pipes?.stdout.readable ?? started.stdout;
    const stderr = pipes?.stderr.readable ?? started.stderr;
    if (!stdout || !stderr) throw new Error("the process has no output streams");
    return new Child(started, { stdout, stderr }, onOutput);
  }

  /** True once the process itself has ended. Something that it left running may still hold its streams. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** True once `exit` is known. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends a signal to the process and all that it started. Does nothing once `exit` is known. */
  signal(signal: NodeJS.Signals): void {
    if (this.#hasEnded || this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // The whole group is gone already.
    }
  }

  /** Sends SIGTERM, and after 10 seconds SIGKILL to what is left. */
  stop(): void {
    if (this.#hasEnded || this.#isStopping) return;
    this.#isStopping = true;
    this.signal("SIGTERM");
    this.#kill = setTimeout(() => {
      this.#kill = undefined;
      this.signal("SIGKILL");
    }, stopMs);
  }

  /** Stops reading a stream for this reason, so that the process has to wait once its pipe is full. */
  block(stream: OutputStreamName, reason: string): void {
    this.#blocks[stream].add(reason);
    this.#streams[stream].pause();
  }

  /** Takes a reason of {@link block} back. The stream is read again once no reason is left. */
  unblock(stream: OutputStreamName, reason: string): void {
    if (this.#blocks[stream].delete(reason) && this.#blocks[stream].size === 0)
      this.#streams[stream].resume();
  }

  /** Closes our end of a stream. The process gets SIGPIPE when it writes there. */
  closeStream(stream: OutputStreamName): void {
    this.#streams[stream].destroy();
  }

  async #await(closed: readonly Promise<void>[]): Promise<ChildExit> {
    const [code, signal] = (await once(this.#process, "exit")) as [number | null, NodeJS.Signals | null];
    this.#hasExited = true;
    const giveUp = () => {
      const isBlocked = Object.values(this.#blocks).some((reasons) => reasons.size > 0);
      // A process group that was told to stop is waited for until it is killed.
      if (isBlocked || this.#kill) this.#linger?.refresh();
      else for (const stream of Object.values(this.#streams)) stream.destroy();
    };
    this.#linger = setTimeout(giveUp, lingerMs);
    await Promise.all(closed);
    clearTimeout(this.#linger);
    clearTimeout(this.#kill);
    this.#hasEnded = true;
    process.off("exit", this.#onExit);
    return signal === null ? { kind: "EXITED", code: code ?? 1 } : { kind: "KILLED", signal };
  }
}
