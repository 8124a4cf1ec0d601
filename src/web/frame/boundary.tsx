import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** What is shown, in words, as the notice begins. */
  what: string;
  /** What it is made of: once that is another, it is tried again. */
  of: unknown;
  children: ReactNode;
}

/** Says that something cannot be shown, where that would take the whole page away. The console tells why. */
export class Boundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (this.state.hasFailed && before.of !== this.props.of) this.setState({ hasFailed: false });
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    return <p className="problem">{this.props.what} cannot be shown.</p>;
  }
}
