import { describe, expect, it } from "vitest";
import { coloursOf, readPieces } from "../../src/web/text/ansi.js";
import { readDiff } from "../../src/web/text/diff-lines.js";
import { renderMarkdown } from "../../src/web/text/render-markdown.js";
import { findBarriers, isPageThere, launchBrowser, openInbox } from "../support/inbox-page.js";
import { startService } from "../support/start-service.js";
import { appendEvents, createRun } from "../support/work.js";

const binary =
  "diff --git a/old.bin b/old.bin\ndeleted file mode 100644\nBinary files a/old.bin and /dev/null differ";
const changed = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b";

const wordsOf = (text: string) =>
  readPieces(text)
    .map(({ content }) => content)
    .join("");

describe("what a program wrote", () => {
  it("has its colours, named or not", () => {
    expect(readPieces("\u001b[31mred\u001b[0m plain \u001b[1;44mbold")).toMatchObject([
      { content: "red", className: "ansi-red-fg" },
      { content: " plain ", className: undefined },
      { content: "bold", className: "ansi-blue-bg bold" },
    ]);
    const [orange, grey, true_] = readPieces("\u001b[38;5;208ma\u001b[48;5;240mb\u001b[0;38;2;1;2;3mc");
    expect(orange).toMatchObject({
      className: undefined,
      style: { color: expect.stringContaining("rgb(255, 135, 0)") },
    });
    expect(grey?.style?.background).toContain("88, 88, 88");
    expect(true_?.style?.color).toContain("1, 2, 3");
  });

  it("is without what else a terminal is told", () => {
    expect(wordsOf("\u001b[31mred\u001b(B\u001b[m plain")).toBe("red plain");
    expect(wordsOf("\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\ after")).toBe("link after");
    expect(wordsOf("\u001b]0;a title\u0007text \u001b]0;never ended\nmore")).toBe("text \nmore");
    expect(wordsOf("\u001b[?25l\u001b[2K\u001b[1A\u001b=\u001b7a\u001b[4:3mb\u001bPq\u001b\\c")).toBe("abc");
    expect(readPieces("\u001b[01;31m\u001b[Kmatch\u001b[m\u001b[K rest")).toMatchObject([
      { content: "match", className: "ansi-red-fg bold" },
      { content: " rest", className: undefined },
    ]);
  });

  it("keeps a colour that began in what is not shown", () => {
    expect(readPieces(`${coloursOf("\u001b[32mhidden\n")}shown`)).toMatchObject([
      { content: "shown", className: "ansi-green-fg" },
    ]);
    expect(readPieces("\u001b[32m10 %\r100 %")).toMatchObject([
      { content: "100 %", className: "ansi-green-fg" },
    ]);
  });
});

describe("a diff", () => {
  const kindsOf = (diff: string) => readDiff(diff).map(({ text, kind }) => `${kind} ${text}`);

  it("of one file is without its names, and tells what else becomes of it", () => {
    const head =
      "diff --git a/a.sh b/run.sh\nold mode 100644\nnew mode 100755\nrename from a.sh\nrename to run.sh\n";
    expect(kindsOf(`${head}index 1..2\n--- a/a.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-a\n+b\n`)).toEqual([
      "other old mode 100644",
      "other new mode 100755",
      "other rename from a.sh",
      "other rename to run.sh",
      "hunk @@ -1 +1 @@",
      "removed -a",
      "added +b",
    ]);
  });

  it("of several files has all, also of those that have no lines", () => {
    for (const diff of [`${binary}\n${changed}`, `${changed}\n${binary}`])
      expect(readDiff(diff).map(({ text }) => text)).toEqual(diff.split("\n"));
  });

  it("has lines by their sign in a hunk, whatever they begin with", () => {
    expect(kindsOf("--- a\n+++ b\n@@ -1,3 +1,3 @@\n--- drop all\n+++ keep all\n same\n \n--- c\n")).toEqual([
      "hunk @@ -1,3 +1,3 @@",
      "removed --- drop all",
      "added +++ keep all",
      "other  same",
      "other  ",
      "head --- c",
    ]);
    expect(kindsOf("@@ here @@\n-a\n+b\n")).toEqual(["hunk @@ here @@", "removed -a", "added +b"]);
    expect(kindsOf("--- a\n+++ b\n")).toEqual(["head --- a", "head +++ b"]);
  });
});

describe.skipIf(!isPageThere)("on the page", { timeout: 300_000 }, () => {
  it("colours are seen, and a file that is deleted beside the lines of another", async () => {
    await using service = await startService();
    const runId = await createRun(service, { session: { sessionId: "s", metadata: { title: "Texts" } } });
    const text = `\u001b[31mred\u001b[38;5;208morange\u001b[0mplain\u001b[32m\n${"green\n".repeat(60)}`;
    await appendEvents(service, {
      runId,
      events: [
        { type: "COMMAND_OUTPUT", payload: { text, stream: "stdout" } },
        { type: "DIFF", payload: { diff: `${binary}\n${changed}` } },
      ],
    });
    const browser = await launchBrowser();
    try {
      await using inbox = await openInbox(browser, service.url, { path: "?tab=all" });
      await inbox.row("Texts").locator("a").click();
      const { page } = inbox;
      await page.locator(".diff", { hasText: "deleted file mode" }).waitFor();
      const colourOf = (words: string) =>
        page.evaluate<string>(
          `getComputedStyle([...document.querySelectorAll(".terminal span")].find((span) => span.textContent.includes("${words}"))).color`,
        );
      // What gives it its colour is not shown.
      const green = await colourOf("green");
      await page.getByRole("button", { name: /^Show \d+ more/ }).click();
      await page.locator(".terminal", { hasText: "orange" }).waitFor();
      const others = await Promise.all(["red", "orange", "plain"].map(colourOf));
      expect(new Set([green, ...others]).size).toBe(4);
      expect(await findBarriers(page)).toEqual([]);
      expect(inbox.complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

it("blocks of code and tables in Markdown are scrolled by keys as well", () => {
  const html = renderMarkdown("```sh\nnpm ci\n```\n\n    indented\n\n| a |\n| - |\n| b |");
  expect(html.match(/<(?:pre|div)[^>]*>/g)).toEqual([
    '<pre tabindex="0">',
    '<pre tabindex="0">',
    '<div class="table" tabindex="0">',
  ]);
});
