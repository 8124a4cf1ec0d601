import { useCallback, useEffect, useMemo, useState } from "react";

/** Which sessions of a list are selected. What leaves the list is not selected any more. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** Selects one or takes it out; with its range all from the last one on. */
  readonly toggle: (id: string, withRange?: boolean) => void;
  readonly all: () => void;
  readonly clear: () => void;
}

/** The selection of a list whose ids stand in this order. */
export function useSelection(order: readonly string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState("");
  const ids = useMemo(() => new Set(order.filter((id) => chosen.has(id))), [order, chosen]);
  useEffect(() => {
    // Nor is it when it comes back.
    if (ids.size < chosen.size) setChosen(ids);
  }, [ids, chosen]);
  const toggle = useCallback(
    (id: string, withRange = false) => {
      const [from, to] = [order.indexOf(last), order.indexOf(id)];
      const range = withRange && from >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
      setChosen((before) => {
        const next = new Set(before);
        const isTaken = !before.has(id);
        for (const each of range) {
          if (isTaken) next.add(each);
          else next.delete(each);
        }
        return next;
      });
      setLast(id);
    },
    [order, last],
  );
  const all = useCallback(() => setChosen(new Set(order)), [order]);
  const clear = useCallback(() => setChosen(new Set()), []);
  return { ids, toggle, all, clear };
}
