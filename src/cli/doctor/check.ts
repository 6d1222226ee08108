/** One thing that was looked at, and what to do where it is not as it should be. */
export interface Check {
  name: string;
  /** `warning`: asof starts, and something will be missed or will fail later. */
  status: "ok" | "warning" | "failed";
  message: string;
  remedy: string | null;
}

export const ok = (name: string, message: string): Check => ({ name, status: "ok", message, remedy: null });
export const warning = (name: string, message: string, remedy: string): Check => ({
  name,
  status: "warning",
  message,
  remedy,
});
export const failed = (name: string, message: string, remedy: string): Check => ({
  name,
  status: "failed",
  message,
  remedy,
});

export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
