import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { InboxSession } from "../../client/client.js";
import type { useSession } from "../../client/react.js";
import { messageOf, useTelling } from "../frame/notice";
import { titleOf } from "../inbox/row";

interface TitleProps {
  session: InboxSession;
  marks: ReturnType<typeof useSession>;
}

/** The title, which a press lets a person change: Enter and leaving it keep what is written, Escape does not. */
export function Title({ session, marks }: TitleProps) {
  const [text, setText] = useState<string>();
  /** What the box began with: somebody else may rename the session meanwhile. */
  const begun = useRef("");
  const { tell } = useTelling();
  const button = useRef<HTMLButtonElement>(null);
  /** The key that ends the writing, if it was one. */
  const endKey = useRef("");
  useEffect(() => {
    // Who came by the keys has the focus where it was.
    if (text === undefined && endKey.current) button.current?.focus();
    endKey.current = "";
  }, [text]);
  const begin = () => {
    begun.current = session.title ?? "";
    setText(begun.current);
  };
  const end = () => {
    setText(undefined);
    if (endKey.current === "Escape" || text === undefined || text === begun.current) return;
    marks
      .edit(session.id, { title: text.trim() || null })
      .catch((error: unknown) => tell({ text: messageOf(error), isBad: true }));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if ((event.key !== "Enter" && event.key !== "Escape") || event.nativeEvent.isComposing) return;
    event.preventDefault();
    endKey.current = event.key;
    event.currentTarget.blur();
  };
  if (text === undefined) {
    return (
      <h1>
        <button ref={button} type="button" title="Rename" onClick={begin}>
          {titleOf(session)}
        </button>
      </h1>
    );
  }
  return (
    <input
      className="title-input"
      aria-label="Title"
      autoFocus
      maxLength={200}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={end}
      onKeyDown={onKeyDown}
    />
  );
}
