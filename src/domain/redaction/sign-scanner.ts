// One pass over a text that finds all signs of secrets at once (Aho and Corasick's automaton). What costs more is done only
// where a sign stands, so that ordinary text costs little more than this pass. Its loop reads bytes, because a byte costs half
// as much as `charCodeAt`; characters past U+00FF lose their upper half, so what looks at a sign must read the text itself.

/**
 * Reads the text's next {@link scanStep} characters from `from` on, in the state in which the last step ended (0 at first), and
 * gives the state it ends in. Calls `onSign` with the number of a sign and where it begins, for each sign that ends at a
 * character, in order.
 */
export type SignScanner = (
  text: string,
  from: number,
  state: number,
  onSign: (sign: number, at: number) => void,
) => number;

/** How many characters one step of a scanner reads. */
export const scanStep = 16_384;

/** Characters that stand in no sign share class 0; a letter and its capital share one. */
function classesOf(signs: readonly string[]): { classes: Uint8Array; width: number } {
  const classes = new Uint8Array(256);
  let width = 1;
  for (const character of new Set(signs.join(""))) {
    classes[character.charCodeAt(0)] = width;
    classes[character.toUpperCase().charCodeAt(0)] = width;
    width += 1;
  }
  return { classes, width };
}

/** The automaton of these signs: where each step leads, and which signs end in each state. */
function createAutomaton(signs: readonly string[], classes: Uint8Array, width: number) {
  const states = 1 + signs.join("").length;
  // A state is the place of its row, so that a step is one addition and one look-up.
  const steps = new Uint32Array(states * width);
  const found: number[][] = [[]];
  let count = 1;
  signs.forEach((sign, number) => {
    let state = 0;
    for (let i = 0; i < sign.length; i += 1) {
      const at = state + (classes[sign.charCodeAt(i)] ?? 0);
      if (steps[at] === 0) {
        steps[at] = count * width;
        found.push([]);
        count += 1;
      }
      state = steps[at] ?? 0;
    }
    found[state / width]?.push(number);
  });
  linkFailures(steps, width, found);
  // The steps to a state in which a sign ends are negative: the loop needs no look-up of its own for that.
  const hits = found.map((numbers) => numbers.length > 0);
  // A plain loop, since `Int32Array.from` takes 30 times as long, which each start of the program would pay.
  const moves = new Int32Array(count * width);
  for (let i = 0; i < moves.length; i += 1) {
    const state = steps[i] as number;
    moves[i] = hits[state / width] ? ~state : state;
  }
  return { moves, found };
}

/** A scanner of these signs, which are ASCII in lower case and found in any case. */
export function createSignScanner(signs: readonly string[]): SignScanner {
  const { classes, width } = classesOf(signs);
  // Made elsewhere, so that the scanner keeps nothing else of the making: megabytes.
  const { moves, found } = createAutomaton(signs, classes, width);
  const lengths = signs.map((sign) => sign.length);
  const window = Buffer.alloc(scanStep);

  return (text, from, begun, onSign) => {
    let state = begun;
    const part = text.length <= scanStep ? text : text.slice(from, from + scanStep);
    const length = window.write(part, "latin1");
    for (let i = 0; i < length; i += 1) {
      state = moves[state + (classes[window[i] as number] as number)] as number;
      if (state >= 0) continue;
      state = ~state;
      const end = from + i + 1;
      for (const number of found[state / width] as number[])
        onSign(number, end - (lengths[number] as number));
    }
    return state;
  };
}

/** Turns the tree of signs into the automaton: where no sign goes on, the longest end of what was read that begins one does. */
function linkFailures(steps: Uint32Array, width: number, found: number[][]): void {
  const failures = new Uint32Array(found.length);
  const queue: number[] = [];
  for (let c = 0; c < width; c += 1) if (steps[c]) queue.push(steps[c] as number);
  for (const state of queue) {
    const failure = failures[state / width] as number;
    found[state / width]?.push(...(found[failure / width] ?? []));
    for (let c = 0; c < width; c += 1) {
      const next = steps[state + c] as number;
      const other = steps[failure + c] as number;
      if (next === 0) steps[state + c] = other;
      else {
        failures[next / width] = other;
        queue.push(next);
      }
    }
  }
}
