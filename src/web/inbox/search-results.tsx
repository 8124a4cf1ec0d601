import { useState } from "react";
import type { Address } from "../address";
import { Link } from "../link";
import { Ago } from "../time";
import { Failure } from "../frame/failure";
import { useAnswer } from "../frame/use-answer";
import { searchDocument } from "./documents";
import { narrowedTo } from "./filters";
import { titleOf } from "./row";

const fields = {
  DIFF: "Diff",
  ERROR: "Error",
  MESSAGE: "Message",
  OUTPUT: "Output",
  PROMPT: "Prompt",
  REQUEST: "Request",
  TITLE: "Title",
  TOOL: "Tool",
} as const;

interface SearchResultsProps {
  query: string;
  narrowed: Pick<Address, "project" | "labels">;
  openId: string;
}

/** The newest place of each session in which the words stand, page after page; each link leads to the session at that place. */
export function SearchResults({ query, narrowed, openId }: SearchResultsProps) {
  const filter = narrowedTo(narrowed);
  const searched = JSON.stringify([query, filter]);
  const [further, setFurther] = useState({ searched, ends: [] as readonly string[] });
  const ends = further.searched === searched ? further.ends : [];
  return (
    <div className="list results">
      {[null, ...ends].map((after, index) => (
        <Hits
          key={after}
          sought={{ query, filter, after }}
          openId={openId}
          isFirst={index === 0}
          onFurther={
            index === ends.length ? (end) => setFurther({ searched, ends: [...ends, end] }) : undefined
          }
        />
      ))}
    </div>
  );
}

interface HitsProps {
  sought: { query: string; filter: ReturnType<typeof narrowedTo>; after: string | null };
  openId: string;
  isFirst: boolean;
  /** Goes on after the end of this page; only of the last one. */
  onFurther: ((end: string) => void) | undefined;
}

/** A page of hits. It may have none though there are more: a search that finds little ends early. */
function Hits({ sought, openId, isFirst, onFurther }: HitsProps) {
  const { data, error, isAsking, again } = useAnswer(searchDocument, sought);
  const hits = data?.search.nodes ?? [];
  const end = data?.search.pageInfo.hasNextPage ? data.search.pageInfo.endCursor : null;
  if (error) return <Failure problem={error.message} onAgain={again} />;
  return (
    <div aria-busy={isAsking}>
      {hits.map(({ session, snippet, field, timelineCursor }) => (
        <div key={session.id} className={session.id === openId ? "row is-open" : "row"}>
          <Link className="row-link" to={{ session: session.id, at: timelineCursor ?? "" }}>
            <span className="row-first">
              <span className="row-title">{titleOf(session)}</span>
              <Ago className="ago" at={session.lastActivityAt} />
            </span>
            <span className="row-snippet">
              <span className="label-chip">{fields[field]}</span> <Marked {...snippet} />
            </span>
          </Link>
        </div>
      ))}
      {!isAsking && !end && hits.length === 0 && (
        <p className="empty">
          {isFirst ? `Nothing was found for “${sought.query}”.` : "Nothing more was found."}
        </p>
      )}
      {onFurther && end && (
        <button type="button" className="unfold" disabled={isAsking} onClick={() => onFurther(end)}>
          Look further
        </button>
      )}
    </div>
  );
}

/** A text in which places are marked; places are counted in code points. */
function Marked({ text, highlights }: { text: string; highlights: readonly (readonly number[])[] }) {
  const points = [...text];
  const pieces = [];
  let end = 0;
  for (const [from = 0, to = 0] of highlights) {
    pieces.push(points.slice(end, from).join(""));
    pieces.push(<mark key={from}>{points.slice(from, to).join("")}</mark>);
    end = to;
  }
  return (
    <span>
      {pieces}
      {points.slice(end).join("")}
    </span>
  );
}
