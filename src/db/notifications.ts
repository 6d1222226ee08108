export type Notified = (payload: string) => void;

/** What PostgreSQL notifies of, by channel. */
export interface Notifications {
  /** Heard from the next `start` on. @returns what ends it */
  on(channel: string, notified: Notified): () => void;
  /** Notifications may have been lost: readers catch up from the tables. @returns what ends it */
  onReconnect(reconnected: () => void): () => void;
  /** Resolves once every channel named so far is listened to. Called again, it adds those named since. */
  start(): Promise<void>;
  close(): Promise<void>;
}
