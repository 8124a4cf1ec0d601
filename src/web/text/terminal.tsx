import { memo, useMemo } from "react";
import { coloursOf, readPieces } from "./ansi";
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
      {(shown, before) => <Coloured text={coloursOf(before) + shown} isError={isError} />}
    </Folded>
  );
});

function Coloured({ text, isError }: { text: string; isError: boolean }) {
  const pieces = useMemo(() => readPieces(text), [text]);
  return (
    <pre className={isError ? "terminal is-error" : "terminal"} tabIndex={0}>
      {pieces.map(({ content, className, style }, index) => (
        <span key={index} className={className} style={style}>
          {content}
        </span>
      ))}
    </pre>
  );
}
