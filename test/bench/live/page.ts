import type { LiveFigures } from "./live.js";
export async function writePage(figures: LiveFigures, machine: string): Promise<void> {
  process.stdout.write(JSON.stringify({ figures, machine }) + "\n");
}
