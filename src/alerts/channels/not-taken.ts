/** A message was not taken. What it says holds no secret, and of an answer a bounded part. */
export class NotTakenError extends Error {
  constructor(
    message: string,
    /** `never`: the receiver wants no more of this. Else how many seconds it asks to be left alone. */
    readonly again: "never" | number = 0,
  ) {
    super(message);
    this.name = "NotTakenError";
  }
}
