import { type Address, tabs } from "../address";
import { Link } from "../link";
import { type TabCounts, tabTitles } from "./filters";

interface TabBarProps {
  address: Address;
  /** How many sessions each tab holds; undefined while that is not known. */
  counts: TabCounts | undefined;
}

/** The tabs of the inbox, each with how much it holds. */
export function TabBar({ address, counts }: TabBarProps) {
  return (
    <nav className="tabs" aria-label="Lists">
      {tabs.map((tab) => {
        const count = counts?.[tab];
        const isHere = tab === address.tab;
        return (
          <Link
            key={tab}
            to={{ tab }}
            className={isHere ? "tab is-here" : "tab"}
            aria-current={isHere ? "page" : undefined}
          >
            {tabTitles[tab]}
            <span className="count">{count === undefined ? "" : count > 999 ? "999+" : count}</span>
          </Link>
        );
      })}
    </nav>
  );
}
