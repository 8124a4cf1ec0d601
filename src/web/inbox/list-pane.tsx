import type { RefObject } from "react";
import type { InboxSession } from "../../client/client.js";
import type { useInbox } from "../../client/react.js";
import type { Address } from "../address";
import { Failure } from "../frame/failure";
import { useAttempt } from "../frame/use-attempt";
import { Icon } from "../icon";
import type { Asking } from "../request/use-answering";
import type { Deeds } from "./deeds";
import { type TabCounts, tabTitles } from "./filters";
import { LabelMenu } from "./label-menu";
import { List } from "./list";
import { Narrowing } from "./narrowing";
import { Requests } from "./requests";
import { SearchBox } from "./search-box";
import { SearchResults } from "./search-results";
import type { Selection } from "./selection";
import { TabBar } from "./tab-bar";
import { Toolbar } from "./toolbar";

interface ListPaneProps {
  address: Address;
  inbox: ReturnType<typeof useInbox>;
  counts: TabCounts | undefined;
  asking: Asking;
  /** Whether the list itself is shown: not hits of a search, nor what agents ask. */
  isListed: boolean;
  selection: Selection;
  deeds: Deeds;
  /** What the toolbar's buttons are about. */
  meant: readonly InboxSession[];
  cursor: string;
  onCursor: (id: string) => void;
  searchRef: RefObject<HTMLInputElement | null>;
  isSnoozeOpen: boolean;
  onSnoozeOpenChange: (isOpen: boolean) => void;
}

/** The left side: search, tabs, what is selected, and the list. */
export function ListPane(props: ListPaneProps) {
  const { address, inbox, counts, asking, isListed, selection } = props;
  const { tab, search, session } = address;
  const more = useAttempt(inbox.loadMore);
  const shownProjects = inbox.sessions.map(({ projectId }) => projectId);
  const shownLabels = inbox.sessions.flatMap(({ labels }) => labels);
  return (
    <section className="list-pane" aria-label="Inbox">
      <SearchBox search={search} boxRef={props.searchRef} />
      <Narrowing {...{ address, shownProjects, shownLabels }} />
      <TabBar address={address} counts={counts} />
      {isListed && <Bulk {...props} />}
      {search ? (
        <SearchResults query={search} narrowed={address} openId={session} />
      ) : !isListed ? (
        <Requests asking={asking} isNarrow />
      ) : inbox.sessions.length === 0 ? (
        <NoSessions inbox={inbox} tab={tab} />
      ) : (
        <List
          sessions={inbox.sessions}
          isGrouped={tab === "inbox" || tab === "all"}
          openId={session}
          cursor={props.cursor}
          onCursor={props.onCursor}
          selected={selection.ids}
          hasMore={inbox.hasMore && !inbox.isLoadingMore && !more.problem}
          onMore={more.attempt}
          onSelect={selection.toggle}
        >
          <Failure problem={more.problem} onAgain={more.attempt} />
          <Failure problem={inbox.error?.message ?? ""} onAgain={inbox.refresh} />
        </List>
      )}
    </section>
  );
}

/** What is selected, and what may be done to it. */
function Bulk({ inbox, selection, deeds, meant, isSnoozeOpen, onSnoozeOpenChange }: ListPaneProps) {
  return (
    <div className="bulk">
      <label className="tick">
        <input
          type="checkbox"
          checked={selection.ids.size > 0 && selection.ids.size === inbox.sessions.length}
          onChange={() => (selection.ids.size > 0 ? selection.clear() : selection.all())}
        />
        <span>{selection.ids.size > 0 ? `${selection.ids.size} selected` : "Select all"}</span>
      </label>
      {meant.length > 0 && (
        <Toolbar
          sessions={meant}
          deeds={deeds}
          isSnoozeOpen={isSnoozeOpen}
          onSnoozeOpenChange={onSnoozeOpenChange}
        >
          <LabelMenu sessions={meant} deeds={deeds} />
        </Toolbar>
      )}
    </div>
  );
}

const nothing: Readonly<Record<Address["tab"], string>> = {
  inbox: "Nothing works, asks, or is unread.",
  needs: "No agent waits for you.",
  active: "No agent is at work.",
  unread: "You have read everything.",
  read: "Nothing that you have read is left here.",
  snoozed: "Nothing is snoozed.",
  archived: "Nothing is archived.",
  all: "There are no sessions.",
};

function NoSessions({ inbox, tab }: Pick<ListPaneProps, "inbox"> & { tab: Address["tab"] }) {
  const { status, error, refresh } = inbox;
  if (status === "failed") {
    return (
      <div className="list empty">
        <Failure problem={error?.message ?? "The list could not be read."} onAgain={refresh} />
      </div>
    );
  }
  if (status === "loading") return <div className="list is-loading" aria-busy="true" />;
  return (
    <div className="list empty">
      <Icon name={tab === "archived" ? "archive" : tab === "snoozed" ? "clock" : "check"} />
      <p>{nothing[tab]}</p>
      {tab === "all" && (
        <p className="hint">
          <code>npx agentrun-graph seed --live</code> fills the service with agents to look at.
        </p>
      )}
      <p className="for-readers">{tabTitles[tab]}</p>
    </div>
  );
}
