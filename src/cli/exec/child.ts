import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChildExit, endAskedBy } from "./child-exit.js";
import type { Guard } from "./guard.js";
import type { OutputStreamName } from "./output-piece.js";
import { isGroupAlive, signalGroup } from "./process-group.js";
import { type ProcessOptions, type StartedProcess, startProcess } from "./start-process.js";

/** How long a process that was told to stop may take before it is killed, in milliseconds. */
const stopMs = 10_000;

/** How long what was killed is waited for, in milliseconds. */
const killedMs = 1_000;

/** How often a group that was told to stop is looked at, in milliseconds. */
const lookMs = 50;

/*
 * How long the output of an ended process is read on. Something that the process left running may still hold its
 * streams. The time is counted in turns in which they were read, so that what the process itself wrote is read
 * however busy the machine is.
 */
const turnMs = 100;
/** How long the output may be silent before it is not waited for any more, in turns. */
const silentTurns = 20;
/** How long it is read at most, in turns. */
const maxTurns = 50;

/** What a process is given, and what it tells. */
export interface ChildOptions extends ProcessOptions {
  onOutput: (stream: OutputStreamName, chunk: Uint8Array) => void;
  /**
   * Is called if the streams of the ended process are held by something that it left running, so that they are read
   * no further. `isPrinting` tells whether there was still something to read.
   */
  onCut: (isPrinting: boolean) => void;
}

/**
 * A process in a group of its own. `exit` settles once the process has ended and its streams have been read to their
 * end, or for so long as the bounds above say. If it was asked to end, what is left of its group is ended too before
 * `exit` settles. If we are killed, all of the group is ended by its guard.
 */
export class Child {
  readonly exit: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #groupIds: readonly number[];
  readonly #guard: Guard;
  readonly #streams: Partial<Record<OutputStreamName, Readable>>;
  readonly #blocks = { stdout: new Set<string>(), stderr: new Set<string>() };
  readonly #onExit = () => this.signal("SIGTERM");
  readonly #onCut: (isPrinting: boolean) => void;
  #hasRead = false;
  #hasExited = false;
  #hasEnded = false;
  readonly #asked: NodeJS.Signals[] = [];
  #askedAt = 0;
  /** Until when the group may take to end. Undefined if it was not told to stop. */
  #killAt: number | undefined;

  private constructor(started: StartedProcess, { onOutput, onCut }: ChildOptions) {
    this.#process = started.process;
    this.#groupIds = started.groupIds;
    this.#guard = started.guard;
    this.#streams = started.streams;
    this.#onCut = onCut;
    const closed = Object.entries(started.streams).map(([name, stream]) => {
      const closing = new Promise<void>((resolve) => stream.once("close", resolve));
      stream.on("error", () => stream.destroy());
      stream.on("data", (chunk: Uint8Array) => {
        this.#hasRead = true;
        onOutput(name as OutputStreamName, chunk);
      });
      return closing;
    });
    this.exit = this.#await(closed);
    process.once("exit", this.#onExit);
  }

  /** Starts a program. Gives NOT_STARTED with the reason if it cannot be started. */
  static async start(
    argv: readonly [string, ...string[]],
    options: ChildOptions,
  ): Promise<Child | Extract<ChildExit, { kind: "NOT_STARTED" }>> {
    try {
      return new Child(await startProcess(argv, options), options);
    } catch (error) {
      return { kind: "NOT_STARTED", error: error as NodeJS.ErrnoException };
    }
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
    if (this.#hasEnded) return;
    const [program, terminal] = this.#groupIds;
    if (program !== undefined) signalGroup(program, signal);
    // A terminal ends with its program. It stops with it too, and has to be told to go on.
    if (terminal !== undefined && signal === "SIGCONT") signalGroup(terminal, signal);
  }

  /** Sends a signal that somebody asked for: if the process ends by it, that is no failure. */
  ask(signal: NodeJS.Signals): void {
    this.#asked.push(signal);
    this.#askedAt = performance.now();
    this.signal(signal);
  }

  /** Sends SIGTERM, and after 10 seconds SIGKILL to what is left of the group. */
  stop(): void {
    if (this.#hasEnded || this.#killAt !== undefined) return;
    this.#killAt = performance.now() + stopMs;
    this.ask("SIGTERM");
    setTimeout(() => this.#kill(), stopMs).unref();
  }

  /** Stops reading a stream for this reason, so that the process has to wait once its pipe is full. */
  block(stream: OutputStreamName, reason: string): void {
    if (!this.#streams[stream]) return;
    this.#blocks[stream].add(reason);
    this.#streams[stream].pause();
  }

  /** Takes a reason of {@link block} back. The stream is read again once no reason is left. */
  unblock(stream: OutputStreamName, reason: string): void {
    if (this.#blocks[stream].delete(reason) && this.#blocks[stream].size === 0)
      this.#streams[stream]?.resume();
  }

  /** Closes our end of a stream. The process gets SIGPIPE when it writes there. */
  closeStream(stream: OutputStreamName): void {
    this.#streams[stream]?.destroy();
  }

  async #await(closed: readonly Promise<void>[]): Promise<ChildExit> {
    const [code, signal] = (await once(this.#process, "exit")) as [number | null, NodeJS.Signals | null];
    this.#hasExited = true;
    const agoMs = performance.now() - this.#askedAt;
    const asked = this.#asked.length > 0 ? { signals: [...this.#asked], agoMs } : undefined;
    const exit: ChildExit =
      signal === null ? { kind: "EXITED", code: code ?? 1, asked } : { kind: "KILLED", signal, asked };
    if (endAskedBy(exit) !== undefined) this.stop();
    await this.#readRest(closed);
    if (this.#killAt !== undefined) await this.#groupEnd();
    this.#hasEnded = true;
    this.#guard.release();
    process.off("exit", this.#onExit);
    return exit;
  }

  async #readRest(closed: readonly Promise<void>[]): Promise<void> {
    let turns = 0;
    let silent = 0;
    const turn = () => {
      const isBlocked = Object.values(this.#blocks).some((reasons) => reasons.size > 0);
      // A process group that was told to stop is waited for until it is killed.
      if (isBlocked || (this.#killAt !== undefined && performance.now() < this.#killAt && this.#isAlive()))
        return;
      turns += 1;
      silent = this.#hasRead ? 0 : silent + 1;
      this.#hasRead = false;
      if (silent < silentTurns && turns < maxTurns) return;
      this.#onCut(silent < silentTurns);
      for (const stream of Object.values(this.#streams)) stream.destroy();
    };
    const timer = setInterval(turn, turnMs);
    await Promise.all(closed);
    clearInterval(timer);
  }

  /** Waits until the group that was told to stop has ended, or was killed. */
  async #groupEnd(): Promise<void> {
    const endAt = (this.#killAt ?? 0) + killedMs;
    while (this.#isAlive() && performance.now() < endAt) await sleep(lookMs);
  }

  #kill(): void {
    for (const groupId of this.#hasEnded ? [] : this.#groupIds) signalGroup(groupId, "SIGKILL");
  }

  #isAlive(): boolean {
    return this.#groupIds.some(isGroupAlive);
  }
}
