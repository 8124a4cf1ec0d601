/** A WebSocket class: the platform's, or that of the package ws. */
export type WebSocketClass = new (url: string, protocols: string) => object;

/**
 * The given class or else the platform's, whose sockets are always listened to: graphql-ws hears no more of one that it
 * has given up, and an error that nobody hears ends the program if the class is the package ws's. Throws if there is none.
 */
export function webSocketThatIsHeard(given: WebSocketClass | undefined): WebSocketClass {
  const webSocket = given ?? platformWebSocket();
  return class extends (webSocket as new (url: string, protocols: string) => EventTarget) {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      this.addEventListener("error", () => {});
    }
  };
}

function platformWebSocket(): WebSocketClass {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketClass };
  if (WebSocket) return WebSocket;
  throw new Error(
    "there is no WebSocket here: give createClient one as `webSocket`, such as the package ws's",
  );
}
