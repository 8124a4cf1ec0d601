/** How many operations the service lets a socket carry at once. */
const maxOperations = 100;

/** A place on a carrier, which its holder keeps until it leaves. */
export interface Place<Carrier> {
  readonly carrier: Carrier;
  /** Makes room for another; again, nothing. */
  readonly leave: () => void;
}

/**
 * The places on what carries operations, 100 on each: whoever comes is given one on the first that has room, and a further carrier is
 * created only where all are full. A place is kept over every loss, so that as many come back to a carrier as were on it.
 */
export class Places<Carrier> {
  readonly #create: () => Carrier;
  readonly #all: { readonly carrier: Carrier; readonly holders: Set<object> }[] = [];

  /** Creates nothing yet. */
  constructor(create: () => Carrier) {
    this.#create = create;
  }

  /** Every carrier that there is. */
  get carriers(): readonly Carrier[] {
    return this.#all.map(({ carrier }) => carrier);
  }

  /** Takes a place. Throws what creating a carrier throws. */
  take(): Place<Carrier> {
    const { carrier, holders } = this.#all.find((each) => each.holders.size < maxOperations) ?? this.#add();
    const place = { carrier, leave: () => void holders.delete(place) };
    holders.add(place);
    return place;
  }

  #add(): { carrier: Carrier; holders: Set<object> } {
    const added = { carrier: this.#create(), holders: new Set<object>() };
    this.#all.push(added);
    return added;
  }
}
