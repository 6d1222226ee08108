import { isListenNews, RelayedNotifications } from "../db/relayed-notifications.js";

/** Of one of several processes on a port: the first process of all listens for it. */
export const hearPrimary = (): RelayedNotifications =>
  new RelayedNotifications({
    post: (request) => process.send!(request),
    hear: (listener) => {
      const hear = (message: unknown) => {
        if (isListenNews(message)) listener(message);
      };
      process.on("message", hear);
      return () => process.off("message", hear);
    },
  });
