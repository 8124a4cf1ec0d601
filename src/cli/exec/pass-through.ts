import type { Child } from "./child.js";
import type { OutputStreamName } from "./output-piece.js";

/** Writes what the process prints to our own streams, byte for byte, at the pace at which they are read. */
export class PassThrough {
  readonly #targets = { stdout: process.stdout, stderr: process.stderr };
  readonly #isClosed = { stdout: false, stderr: false };
  readonly #closesChild: boolean;
  #child: Child | undefined;

  /** `closesChild`: once nobody reads us any more the process finds its output closed too; else it goes on unread. */
  constructor(closesChild: boolean) {
    this.#closesChild = closesChild;
    for (const name of ["stdout", "stderr"] as const) {
      this.#targets[name].on("error", () => {
        this.#isClosed[name] = true;
        if (closesChild) this.#child?.closeStream(name);
        else this.#child?.unblock(name, "reader");
      });
      this.#targets[name].on("drain", () => this.#child?.unblock(name, "reader"));
    }
  }

  /** Says whom to slow down. */
  attach(child: Child): void {
    this.#child = child;
    if (!this.#closesChild) return;
    for (const name of ["stdout", "stderr"] as const) if (this.#isClosed[name]) child.closeStream(name);
  }

  /** Writes a chunk; the process waits while it cannot be taken. */
  write(name: OutputStreamName, chunk: Uint8Array): void {
    if (this.#isClosed[name] || this.#targets[name].write(chunk)) return;
    this.#child?.block(name, "reader");
  }

  /** Once everything is written, or nobody reads it any more. */
  async flush(): Promise<void> {
    for (const name of ["stdout", "stderr"] as const) {
      if (!this.#isClosed[name])
        await new Promise<void>((resolve) => this.#targets[name].write("", () => resolve()));
    }
  }
}
