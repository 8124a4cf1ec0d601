import { useCallback, useState } from "react";
import { messageOf } from "./notice";

/** Something that may fail. */
interface Attempt {
  /** What it failed with; empty from when it is tried again. */
  problem: string;
  /** Does it; the same for as long as what it does is. */
  readonly attempt: () => void;
}

/** Makes of what may fail what can be shown, and tried again. Another function has not failed yet. */
export function useAttempt(work: () => Promise<unknown>): Attempt {
  const [failed, setFailed] = useState<{ work: unknown; problem: string }>();
  const attempt = useCallback(() => {
    setFailed(undefined);
    work().catch((error: unknown) => setFailed({ work, problem: messageOf(error) }));
  }, [work]);
  return { problem: failed?.work === work ? failed.problem : "", attempt };
}
