import { Link } from "../link";
import { Ago } from "../time";
import { useAnswer } from "../frame/use-answer";
import { searchDocument } from "./documents";
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
  project: string;
  openId: string;
}

/** The newest place of each session in which the words stand; each link leads to the session at that place. */
export function SearchResults({ query, project, openId }: SearchResultsProps) {
  const filter = project ? { projectId: project } : null;
  const { data, error, isAsking } = useAnswer(searchDocument, { query, filter });
  const hits = data?.search.nodes ?? [];
  if (error) return <p className="problem">{error.message}</p>;
  return (
    <div className="list results" aria-busy={isAsking}>
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
      {!isAsking && hits.length === 0 && <p className="empty">Nothing was found for “{query}”.</p>}
      {data?.search.pageInfo.hasNextPage && <p className="hint">There is more: add a word to narrow it.</p>}
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
