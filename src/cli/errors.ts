/** The command line cannot be used: exit code 2, and where to read on. */
export class UsageError extends Error {}

/** What was asked for failed; the message is for the person who typed the command: exit code 1. */
export class CommandError extends Error {}
