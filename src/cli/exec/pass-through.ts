import type { Child } from "./child.js";
import type { OutputStreamName } from "./output-piece.js";

/** Writes what a process prints to our own streams, byte for byte, at the pace at which those are read. */
export class PassThrough {
  readonly #targets = { stdout: process.stdout, stderr: process.stderr };
  readonly #isClosed = { stdout: false, stderr: false };
  readonly #closesChild: boolean;
  readonly #givenUp: Promise<void>;
  #child: Child | undefined;

  /**
   * If `closesChild` is true, the process finds its output closed once nobody reads ours any more. If it is false, the
   * process goes on and its output is read by nobody. Once `gaveUp` aborts, nothing more is written, and the process waits for nobody who
   * reads ours.
   */
  constructor(closesChild: boolean, gaveUp: AbortSignal) {
    this.#closesChild = closesChild;
    this.#givenUp = new Promise((resolve) => gaveUp.addEventListener("abort", () => resolve(this.#giveUp())));
    for (const name of ["stdout", "stderr"] as const) {
      this.#targets[name].on("error", () => {
        this.#isClosed[name] = true;
        if (closesChild) this.#child?.closeStream(name);
        else this.#child?.unblock(name, "reader");
      });
      this.#targets[name].on("drain", () => this.#child?.unblock(name, "reader"));
    }
  }

  /** Names the process that has to wait while our streams are not read. */
  attach(child: Child): void {
    this.#child = child;
    if (!this.#closesChild) return;
    for (const name of ["stdout", "stderr"] as const) if (this.#isClosed[name]) child.closeStream(name);
  }

  /** Writes a chunk. If our stream is full, the process waits until it is not. */
  write(name: OutputStreamName, chunk: Uint8Array): void {
    if (this.#isClosed[name] || this.#targets[name].write(chunk)) return;
    this.#child?.block(name, "reader");
  }

  /** Waits until everything is written, or until nobody reads it any more or is waited for. */
  async flush(): Promise<void> {
    for (const name of ["stdout", "stderr"] as const) {
      if (this.#isClosed[name]) continue;
      const written = new Promise<void>((resolve) => this.#targets[name].write("", () => resolve()));
      await Promise.race([written, this.#givenUp]);
    }
  }

  #giveUp(): void {
    for (const name of ["stdout", "stderr"] as const) {
      this.#isClosed[name] = true;
      this.#child?.unblock(name, "reader");
    }
  }
}
