import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";

/** What a person is told for a while, and what they may do about it. */
interface Notice {
  text: string;
  isBad?: boolean;
  /** Takes back what is told. */
  undo?: () => void;
  /** Tries again what failed. */
  again?: () => void;
}

/** How long a notice stays, in milliseconds. */
const shownMs = 8_000;

interface Telling {
  /** Tells a person something; a later notice takes the place of an earlier one. */
  tell: (notice: Notice) => void;
  /** Takes back what was told last of what can be taken back, once; also when it is not shown any more. */
  undo: () => void;
}

const Tell = createContext<Telling>({ tell: () => {}, undo: () => {} });

/** How to tell a person something, and how to take it back. */
export function useTelling(): Telling {
  return useContext(Tell);
}

/** What is said of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Holds the place where notices are shown. */
export function Notices({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<Notice>();
  const undoing = useRef<() => void>(undefined);
  const telling = useMemo<Telling>(
    () => ({
      tell(told) {
        if (told.undo) undoing.current = told.undo;
        setNotice(told);
      },
      undo() {
        const { current } = undoing;
        undoing.current = undefined;
        setNotice(undefined);
        current?.();
      },
    }),
    [],
  );
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <Tell.Provider value={telling}>
      {children}
      <div className="notices" role="status">
        {notice && (
          <div className={notice.isBad ? "notice is-bad" : "notice"}>
            <span>{notice.text}</span>
            {notice.again && (
              <button
                type="button"
                className="notice-undo"
                onClick={() => {
                  setNotice(undefined);
                  notice.again?.();
                }}
              >
                Try again
              </button>
            )}
            {notice.undo && (
              <button type="button" className="notice-undo" onClick={telling.undo}>
                Undo <kbd>z</kbd>
              </button>
            )}
          </div>
        )}
      </div>
    </Tell.Provider>
  );
}
