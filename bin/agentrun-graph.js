#!/usr/bin/env node
// The program's door. It is committed, so that npm links it before the first build, and asks of Node no more than that it
// reads modules: what is wrong is said in one line, before anything that a wrong Node or a missing build would break.
import { existsSync, readFileSync } from "fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const program = new URL("../dist/cli/main.js", import.meta.url);
const needed = engines.node.replace(/^>=/, "");

if (isBefore(process.versions.node, needed)) {
  refuse(`Node ${needed} or later is needed, this is ${process.versions.node}`);
} else if (existsSync(program)) {
  void import(program.href);
} else {
  refuse("it is not built yet: run `npm ci && npm run build` in its folder first");
}

function isBefore(version, other) {
  const [parts, others] = [version, other].map((text) => text.split(".").map(Number));
  const place = parts.findIndex((part, index) => part !== others[index]);
  return place !== -1 && parts[place] < others[place];
}

function refuse(reason) {
  process.stderr.write(`agentrun-graph: ${reason}\n`);
  process.exitCode = 1;
}
