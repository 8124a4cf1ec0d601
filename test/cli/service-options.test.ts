import { Command } from "commander";
import { expect, it } from "vitest";
import { addServiceOptions } from "../../src/cli/service-options.js";

function urlOf(...flags: string[]): string {
  const command = addServiceOptions(new Command(), "the scope reader");
  return command.parse(flags, { from: "user" }).opts<{ url: string }>().url;
}

it.each([
  ["http://127.0.0.1:4987", "http://127.0.0.1:4987/graphql"],
  ["http://127.0.0.1:4987/", "http://127.0.0.1:4987/graphql"],
  ["https://graph.example.com?of=team", "https://graph.example.com/graphql?of=team"],
  ["https://example.com/agents/graphql", "https://example.com/agents/graphql"],
  [" http://127.0.0.1:4000/graphql ", "http://127.0.0.1:4000/graphql"],
  ["", "http://127.0.0.1:4000/graphql"],
])("the service at %j is called at %s", (given, url) => {
  expect(urlOf("--url", given)).toBe(url);
});
