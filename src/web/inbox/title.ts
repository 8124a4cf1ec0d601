import { useEffect } from "react";

/** The page's sign as an image: with a mark if something is unread, and another if an agent waits. */
export function iconOf(needs: number, unread: number): string {
  const colour = needs > 0 ? "#e08600" : "#4f8cff";
  const mark =
    needs > 0 || unread > 0
      ? `<circle cx="25" cy="7" r="7" fill="${colour}" stroke="#fff" stroke-width="2"/>`
      : "";
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3b3f8f"/>' +
    '<path d="M6 22l6-12 5 9 4-6 5 9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>' +
    `${mark}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Puts into the browser's tab how many agents wait, or else how many sessions are unread. */
export function useTitle(needs: number, unread: number): void {
  useEffect(() => {
    const count = needs || unread;
    document.title = `${count > 0 ? `(${count}) ` : ""}Inbox · agentrun-graph`;
    document.querySelector<HTMLLinkElement>("#icon")?.setAttribute("href", iconOf(needs, unread));
  }, [needs, unread]);
}
