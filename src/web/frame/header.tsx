import type { ReactNode } from "react";
import { type Address, pages } from "../address";
import { Icon } from "../icon";
import { Link } from "../link";
import { nextTheme, useTheme } from "../theme";
import { useSignedIn } from "./signed-in";
import { storedToken } from "./token";

const names: Readonly<Record<Address["page"], string>> = {
  inbox: "Inbox",
  queues: "Queues",
  runners: "Runners",
};
const themeWords = {
  auto: "Colours as the system has them",
  light: "Light colours",
  dark: "Dark colours",
} as const;

/** What stands above every page. */
export function Header({ page, children }: { page: Address["page"]; children?: ReactNode }) {
  const theme = useTheme();
  const { viewer, signOut } = useSignedIn();
  const { graphiql } = document.documentElement.dataset;
  return (
    <header className="top">
      <Link
        className="logo"
        to={{ page: "inbox", session: "", tab: "inbox" }}
        aria-label="agentrun-graph: inbox"
      >
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#3b3f8f" />
          <path
            d="M6 22l6-12 5 9 4-6 5 9"
            fill="none"
            stroke="#fff"
            strokeWidth="3"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
      </Link>
      <nav aria-label="Pages">
        {pages.map((name) => (
          <Link
            key={name}
            to={{ page: name }}
            className={name === page ? "page-link is-here" : "page-link"}
            aria-current={name === page ? "page" : undefined}
          >
            {names[name]}
          </Link>
        ))}
      </nav>
      <div className="top-end">
        {children}
        {graphiql && (
          <a className="page-link graphiql-link" href={graphiql}>
            GraphiQL
          </a>
        )}
        <button
          type="button"
          className="icon-button"
          title={themeWords[theme]}
          aria-label={`${themeWords[theme]}: change`}
          onClick={nextTheme}
        >
          <Icon name={theme} />
        </button>
        {storedToken() && (
          <button
            type="button"
            className="icon-button"
            title={`Sign out ${viewer.readerId ?? viewer.tenantId}`}
            aria-label="Sign out"
            onClick={() => signOut()}
          >
            <Icon name="out" />
          </button>
        )}
      </div>
    </header>
  );
}
