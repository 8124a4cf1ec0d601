import Anser from "anser";
import { memo, useMemo } from "react";
import { Folded } from "./folded";

/** How many lines are shown before the rest is folded. */
const shownLines = 30;

/** What a program wrote, in its colours. */
export const Terminal = memo(function Terminal({
  text,
  isError = false,
}: {
  text: string;
  isError?: boolean;
}) {
  return (
    <Folded text={text.replace(/\n$/, "")} lines={shownLines} from="end">
      {(shown) => <Coloured text={shown} isError={isError} />}
    </Folded>
  );
});

function Coloured({ text, isError }: { text: string; isError: boolean }) {
  const pieces = useMemo(() => readPieces(text), [text]);
  return (
    <pre className={isError ? "terminal is-error" : "terminal"} tabIndex={0}>
      {pieces.map(({ content, className }, index) => (
        <span key={index} className={className}>
          {content}
        </span>
      ))}
    </pre>
  );
}

interface Piece {
  content: string;
  className: string | undefined;
}

/** Reads text with ANSI sequences. A line that was written over by a carriage return is shown as it was last. */
export function readPieces(text: string): Piece[] {
  const last = text.replace(/\r+\n/g, "\n").replace(/^.*\r(?=.)/gm, "");
  return Anser.ansiToJson(last, { use_classes: true, remove_empty: true }).map((piece) => {
    const names = [piece.fg, piece.bg && `${piece.bg}-bg`, ...piece.decorations].filter(Boolean);
    return { content: piece.content, className: names.length > 0 ? names.join(" ") : undefined };
  });
}
