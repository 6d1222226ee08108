/** What one thread does of a shared piece of work; its own rows, trees or blocks follow from its place. */
export interface Part {
  /** Runs the numbered task to its end. */
  run(task: number): void;
}

export interface Place {
  /** 0 is the thread that leads. */
  thread: number;
  threads: number;
}

/** A kind of work that threads share: each makes its part from what it is sent. */
export interface PartKind<Input = never> {
  /** By which the other threads know it: no two kinds have the same. */
  readonly name: string;
  readonly make: new (input: Input, place: Place) => Part;
}

export const partKind = <Input>(
  name: string,
  make: new (input: Input, place: Place) => Part,
): PartKind<Input> => ({ name, make });

/** A piece of work that all threads of a team hold a part of. */
export interface Work {
  /** Runs the task on every thread at once; returns when all have finished. */
  run(task: number): void;
  /** Lets every thread forget its part. */
  end(): void;
}
