import { useEffect, useMemo, useRef, useState } from "react";
import type { InboxSession } from "../../client/client.js";
import { useInbox } from "../../client/react.js";
import { type Address, useAddress, visit } from "../address";
import { Boundary } from "../frame/boundary";
import { Connection } from "../frame/connection";
import { Header } from "../frame/header";
import { useTelling } from "../frame/notice";
import { useSignedOut } from "../frame/signed-in";
import { SessionPanel } from "../session/session-panel";
import { useDeeds } from "./deeds";
import { filterOf, tabCounts } from "./filters";
import { Help } from "./help";
import { useKeys } from "./keys";
import { ListPane } from "./list-pane";
import { Requests } from "./requests";
import { useSelection } from "./selection";
import { useTitle } from "./title";
import { useAsking } from "./use-asking";

/** The inbox: its lists on the left, and what is open on the right; on a phone one of them. */
export function InboxPage() {
  const address = useAddress();
  const { tab, project, labels, search, session: openId, at } = address;
  const narrowed = useMemo(() => ({ project, labels }), [project, labels]);
  const inbox = useInbox({
    filter: filterOf(tab, narrowed),
    tabs: [filterOf("all", narrowed)],
  });
  const needs = useInbox({ filter: filterOf("needs", narrowed) });
  const asking = useAsking(needs, narrowed);
  useSignedOut(inbox.error);
  const counts = tabCounts(inbox.tabs[0], needs.counts);
  useTitle(counts?.needs ?? 0, counts?.unread ?? 0);

  // Nobody does anything to what they do not see.
  const isListed = !search && !(tab === "needs" && asking.requests.length > 0);
  const sessions = useMemo(
    () => (isListed ? inbox.sessions : inbox.sessions.filter(({ id }) => id === openId)),
    [inbox.sessions, isListed, openId],
  );
  const order = useMemo(() => sessions.map(({ id }) => id), [sessions]);
  const selection = useSelection(order);
  const deeds = useDeeds(inbox);
  const keys = useListKeys({ address, sessions, order, selection, deeds });
  const meant = sessions.filter(({ id }) =>
    selection.ids.size > 0 ? selection.ids.has(id) : id === keys.cursor,
  );
  return (
    <>
      <Header page="inbox">
        <Connection status={inbox.status} />
      </Header>
      <main className={openId ? "inbox has-open" : "inbox"}>
        <Boundary what="The list" of={address}>
          <ListPane
            {...{ address, inbox, counts, asking, isListed, selection, deeds, meant }}
            cursor={keys.cursor}
            onCursor={keys.setCursor}
            searchRef={keys.searchRef}
            isSnoozeOpen={keys.isSnoozeOpen}
            onSnoozeOpenChange={keys.setSnoozeOpen}
          />
        </Boundary>
        <section className="detail" aria-label="Session">
          <Boundary what={openId ? "This session" : "What agents ask"} of={address}>
            {openId ? <SessionPanel key={openId} id={openId} at={at} /> : <Requests asking={asking} />}
          </Boundary>
        </section>
        <Help isOpen={keys.isHelpOpen} onClose={() => keys.setHelpOpen(false)} />
      </main>
    </>
  );
}

interface ListKeys {
  address: Address;
  /** The sessions that the keys may be about. */
  sessions: readonly InboxSession[];
  order: readonly string[];
  selection: ReturnType<typeof useSelection>;
  deeds: ReturnType<typeof useDeeds>;
}

/** The keys of the list. What they mean is the selection, else the session that the cursor is at, else the open one. */
function useListKeys({ address, sessions, order, selection, deeds }: ListKeys) {
  const [cursor, setCursor] = useState(address.session);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isSnoozeOpen, setSnoozeOpen] = useState(false);
  const { undo } = useTelling();
  const searchRef = useRef<HTMLInputElement>(null);
  const at = order.indexOf(cursor);
  const lastAt = useRef(0);
  if (at >= 0) lastAt.current = at;

  useEffect(() => {
    if (address.session) setCursor(address.session);
  }, [address.session]);

  const meant = () => {
    const ids = selection.ids.size > 0 ? selection.ids : new Set([cursor]);
    return sessions.filter(({ id }) => ids.has(id));
  };
  /** Goes on from where the cursor was, also where its session has left the list meanwhile. */
  const move = (step: number) => {
    const from = at >= 0 ? at : step > 0 ? lastAt.current - 1 : lastAt.current;
    const next = order[Math.max(0, Math.min(order.length - 1, from + step))];
    if (next !== undefined) setCursor(next);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => cursor && visit({ session: cursor }),
    Escape() {
      if (selection.ids.size > 0) selection.clear();
      else visit({ session: "" });
    },
    x: () => cursor && selection.toggle(cursor),
    X: () => cursor && selection.toggle(cursor, true),
    e() {
      const put = meant();
      deeds.archive(
        put,
        put.some(({ attention }) => attention.archivedAt === null),
      );
    },
    r: () => deeds.read(meant()),
    u: () => deeds.unread(meant()),
    s: () => setSnoozeOpen(true),
    p() {
      const put = meant();
      deeds.pin(
        put,
        put.some(({ attention }) => attention.pinnedAt === null),
      );
    },
    z: undo,
    "/": () => searchRef.current?.focus(),
    "?": () => setHelpOpen(true),
  });
  return { cursor, setCursor, isHelpOpen, setHelpOpen, isSnoozeOpen, setSnoozeOpen, searchRef };
}
