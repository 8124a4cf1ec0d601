import { useEffect, useRef, useState } from "react";
import { Icon } from "../icon";
import { visit } from "../address";

/** How long after a key the address says what is searched for, in milliseconds. */
const restMs = 250;

/** The box in which a person writes what they search for. */
export function SearchBox({
  search,
  boxRef,
}: {
  search: string;
  boxRef: React.RefObject<HTMLInputElement | null>;
}) {
  const [text, setText] = useState(search);
  const written = useRef(search);
  useEffect(() => {
    // Gone back, or cleared elsewhere.
    if (search === written.current) return;
    written.current = search;
    setText(search);
  }, [search]);
  useEffect(() => {
    if (text.trim() === written.current) return;
    const timer = setTimeout(() => {
      written.current = text.trim();
      visit({ search: written.current }, "replace");
    }, restMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <search className="search-box">
      <Icon name="search" />
      <input
        ref={boxRef}
        type="search"
        aria-label="Search titles and texts"
        placeholder="Search"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </search>
  );
}
