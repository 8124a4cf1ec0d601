/*
 * What a program wrote to a terminal, as a page shows it: text in colours. What else a terminal is told, to move, to switch its characters,
 * to name its window or to link words, is left out.
 */
import Anser from "anser";

/** A piece of text that looks the same. */
interface Piece {
  content: string;
  className: string | undefined;
  /** Colours that have no name. */
  style: { color?: string; background?: string } | undefined;
}

const colours = /\u001b\[[\d;]*m/g;
/** Other sequences: of a bracket, which end in a letter; a title or a link, whose words stand outside of it; other strings; those of two or three characters. */
const others =
  /\u001b(?:\[[0-?]*[ -/]*[@-ln-~]|\[[\d;]*[:<-?][0-?]*[ -/]*m|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b\n]*(?:\u001b\\)?|[ #%()*+./-][0-~]|[0-OQ-WYZ\\`-~])/g;

/** The sequences that a text's colours are made of: before what comes after it, they give that the colours it would have. */
export function coloursOf(text: string): string {
  return (text.match(colours) ?? []).join("");
}

/** Reads text with ANSI sequences. A line that was written over by a carriage return is shown as it was last. */
export function readPieces(text: string): Piece[] {
  const last = text
    .replace(others, "")
    .replace(/\r+\n/g, "\n")
    .replace(/^.*\r(?=.)/gm, coloursOf);
  return Anser.ansiToJson(last, { use_classes: true, remove_empty: true }).map((piece) => {
    const { content, fg, bg, decorations } = piece;
    const [ownColour, ownBackground] = [rgbOf(fg, piece.fg_truecolor), rgbOf(bg, piece.bg_truecolor)];
    const color = ownColour && readable(ownColour);
    const background = ownBackground && `color-mix(in oklab, ${ownBackground} 30%, var(--bg-code))`;
    const names = [fg && !color && `${fg}-fg`, bg && !background && `${bg}-bg`, ...decorations];
    return {
      content,
      className: names.filter(Boolean).join(" ") || undefined,
      style: color || background ? { ...(color && { color }), ...(background && { background }) } : undefined,
    };
  });
}

/** A colour that has no name; undefined for others. */
function rgbOf(name: string | null, truecolor: string | null): string | undefined {
  if (name === "ansi-truecolor") return `rgb(${truecolor})`;
  const number = /^ansi-palette-(\d+)$/.exec(name ?? "")?.[1];
  return number === undefined ? undefined : `rgb(${paletteColour(Number(number))})`;
}

/** A colour as dark as text has to be in the light, and as light in the dark. */
function readable(rgb: string): string {
  return `light-dark(oklch(from ${rgb} min(l, 0.5) c h), oklch(from ${rgb} max(l, 0.72) c h))`;
}

/** The colours from 16 on are a cube of 6 by 6 by 6, and 24 greys. */
function paletteColour(number: number): string {
  const grey = 8 + 10 * (number - 232);
  if (number >= 232) return `${grey}, ${grey}, ${grey}`;
  const levels = [36, 6, 1].map((size) => Math.floor((number - 16) / size) % 6);
  return levels.map((level) => (level === 0 ? 0 : 55 + 40 * level)).join(", ");
}
