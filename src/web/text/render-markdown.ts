import MarkdownIt from "markdown-it";

/**
 * What agents write is nobody's page: HTML in it is shown as text, links lead to the web or to mail alone and open beside this
 * page, and images are links, since a picture's address could tell its host who reads.
 */
const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
markdown.validateLink = (url) => /^(?:https?:|mailto:)/i.test(url.trim());

markdown.renderer.rules["link_open"] = (tokens, index, options, _, renderer) => {
  tokens[index]?.attrSet("target", "_blank");
  tokens[index]?.attrSet("rel", "noopener noreferrer");
  return renderer.renderToken(tokens, index, options);
};
markdown.renderer.rules["image"] = (tokens, index) => {
  const token = tokens[index];
  const { escapeHtml } = markdown.utils;
  const source = escapeHtml(String(token?.attrGet("src") ?? ""));
  const words = escapeHtml(token?.content || "image");
  return `<a href="${source}" target="_blank" rel="noopener noreferrer">${words}</a>`;
};
markdown.renderer.rules["table_open"] = () => '<div class="table" tabindex="0"><table>';
markdown.renderer.rules["table_close"] = () => "</table></div>";
// What may be wider than the page is scrolled by its keys as well.
for (const block of ["fence", "code_block"]) {
  const written = markdown.renderer.rules[block];
  markdown.renderer.rules[block] = (...given) =>
    (written?.(...given) ?? "").replace("<pre", '<pre tabindex="0"');
}
// The style may not be written into an element.
for (const cell of ["th_open", "td_open"]) {
  markdown.renderer.rules[cell] = (tokens, index, options, _, renderer) => {
    const token = tokens[index];
    const style = String(token?.attrGet("style") ?? "");
    if (token) token.attrs = style.includes("right") ? [["class", "right"]] : null;
    return renderer.renderToken(tokens, index, options);
  };
}

/** Makes HTML of Markdown; no HTML of its own is let through. */
export function renderMarkdown(text: string): string {
  return markdown.render(text);
}
