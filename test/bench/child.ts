import { type ForkOptions, fork } from "node:child_process";

/** What a child process can be asked, by name; numbers, text and plain objects go both ways. */
export type Answers = Record<string, (question: never) => unknown>;

/** A process beside this one. It ends when this one does, however that comes about. */
export interface Child<Known extends Answers> {
  /** Rejects with what went wrong there, and where the process has ended. */
  ask<Name extends keyof Known & string>(
    name: Name,
    ...question: Parameters<Known[Name]>
  ): Promise<Awaited<ReturnType<Known[Name]>>>;
  /** Ends the process at once. */
  close(): Promise<void>;
}

interface Question {
  id: number;
  name: string;
  question: unknown[];
}

interface Answer {
  id: number;
  value?: unknown;
  fault?: string;
}

/** Starts a file that calls {@link answerParent}, with `gc` at hand; default: by the Node and with the environment of this process. */
export function openChild<Known extends Answers>(
  file: URL,
  { execPath, env }: Pick<ForkOptions, "execPath" | "env"> = {},
): Child<Known> {
  const child = fork(file, {
    execArgv: ["--expose-gc"],
    execPath: execPath ?? process.execPath,
    env: env ?? process.env,
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      for (const [id, take] of waiting) take({ id, fault: `${file.pathname} has ended` });
      resolve();
    });
  });
  child.on("error", () => child.kill("SIGKILL"));
  child.on("message", (answer: Answer) => waiting.get(answer.id)?.(answer));
  let asked = 0;
  return {
    ask: (name, ...question) =>
      new Promise((resolve, reject) => {
        const id = (asked += 1);
        waiting.set(id, ({ value, fault }) => {
          waiting.delete(id);
          if (fault === undefined) resolve(value as never);
          else reject(new Error(fault));
        });
        child.send({ id, name, question } satisfies Question);
      }),
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** Answers what the parent asks, and ends this process when the parent is gone. */
export function answerParent(answers: Answers): void {
  const answer = async ({ name, question }: Question) => answers[name]?.(...(question as [never]));
  process.on("message", (question: Question) => {
    void answer(question).then(
      (value) => process.send?.({ id: question.id, value } satisfies Answer),
      (error: unknown) =>
        process.send?.({
          id: question.id,
          fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
        } satisfies Answer),
    );
  });
  process.on("disconnect", () => process.exit());
}
