export const OLDEST_NODE: readonly number[];
export function nodeTooOld(version: string): string | null;
export function requireNode(): void;
