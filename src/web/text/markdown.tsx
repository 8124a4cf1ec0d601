import { memo, useMemo } from "react";
import { renderMarkdown } from "./render-markdown";

/** Markdown as it is meant. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const html = useMemo(() => renderMarkdown(text), [text]);
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
});
