import type { Bench } from "./bench.js";
import { callers, callsOf } from "./calls.js";
import { type Side, compare, printLine, roundMs, whole } from "./comparison.js";
import { expectSameData } from "./equality.js";
import { type CaseName, cases } from "./read-cases.js";
import { type PeerName, openPeer } from "./peer-server.js";
import { type Translation, translations } from "./postgraphile.js";
import { type Section, composeTable } from "./results/results.js";

/** What came out beside one peer for one case: medians of calls a second, and of the service's ratio to the peer. */
export interface PeerFigure {
  case: string;
  peer: string;
  service: number;
  peerRate: number;
  ratio: number;
}

/** Each peer's own words for the cases that it can answer, where they are not the service's. */
const peers: Record<PeerName, { title: string; own?: Partial<Record<CaseName, Translation>> }> = {
  mercurius: { title: "Mercurius" },
  pothos: { title: "Pothos and Prisma" },
  postgraphile: { title: "PostGraphile", own: translations },
};

/**
 * Reading, against the same graph as others make it over the same tables. Each peer is started, checked, warmed up by all that it is
 * asked, as the service is, and then measured.
 */
export async function benchPeers(bench: Bench): Promise<PeerFigure[]> {
  const figures: PeerFigure[] = [];
  for (const name of Object.keys(peers) as PeerName[]) figures.push(...(await benchPeer(bench, name)));
  return figures;
}

async function benchPeer({ databaseUrl, load, service }: Bench, name: PeerName): Promise<PeerFigure[]> {
  const { title, own } = peers[name];
  printLine(`${title}, ${callers} connections`, "service", "peer", "ratio");
  const peer = await openPeer(name, databaseUrl);
  try {
    const sides: { what: string; ours: Side; theirs: Side }[] = [];
    for (const key of Object.keys(cases) as CaseName[]) {
      const { what, body } = cases[key];
      const translation = own ? own[key] : { body, translate: (answer: unknown) => answer };
      if (!translation) continue;
      const call = { url: service.url, body };
      const other = { url: peer.url, body: translation.body };
      await expectSameData(load, call, other, translation.translate);
      sides.push({ what, ours: callsOf(load, service, call), theirs: callsOf(load, peer, other) });
    }
    for (const { ours, theirs } of sides) {
      await ours.measure(roundMs);
      await theirs.measure(roundMs);
    }
    const figures: PeerFigure[] = [];
    for (const { what, ours, theirs } of sides) {
      const found = await compare(what, "calls/s", ours, theirs);
      figures.push({
        case: what,
        peer: title,
        service: found.ours,
        peerRate: found.floor,
        ratio: found.ratio,
      });
    }
    return figures;
  } finally {
    await peer.close();
  }
}

/** Makes the section of what {@link benchPeers} found. */
export function sectionOfPeers(figures: readonly PeerFigure[]): Section {
  const table = composeTable(
    ["", "peer", "service, calls/s", "peer, calls/s", "ratio"],
    figures.map(({ case: what, peer, service, peerRate, ratio }) => [
      what,
      peer,
      whole(service),
      whole(peerRate),
      ratio.toFixed(2),
    ]),
  );
  return { name: "peers", title: "Peers", parts: [table], graphs: {} };
}
