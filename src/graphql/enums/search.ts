import { searchFields } from "../../domain/search/place.js";
import { enumOf } from "./enum-of.js";

export const SearchField = enumOf("SearchField", "What kind of text something stands in.", searchFields, {
  TITLE: "A session's title.",
  PROMPT: "What a turn, a steer or an answer says to the agent.",
  MESSAGE: "A message of the agent or of a person, what the agent thinks, or the steps of its plan.",
  OUTPUT: "What a process printed.",
  TOOL: "A tool call: its name, input and output.",
  DIFF: "A change of files, with its path.",
  ERROR: "An error, or why a run ended.",
  REQUEST: "What the agent asks of people: its words, its choices, and what it wants to do.",
});
