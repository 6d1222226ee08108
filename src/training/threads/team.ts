import type { MessagePort } from "node:worker_threads";
import type { Part, PartKind, Work } from "./part.js";

/** Threads that take one task at a time together. Their number must not show in what they compute. */
export interface Team {
  readonly threads: number;
  /** Every array of `input` that a part writes to must lie in shared memory. */
  begin<Input>(kind: PartKind<Input>, input: Input): Work;
}

/** The calling thread alone. */
export const SOLO: Team = {
  threads: 1,
  begin(kind, input) {
    const part = new kind.make(input, { thread: 0, threads: 1 });
    return { run: (task) => part.run(task), end: () => {} };
  },
};

/** Slots of the control block, an Int32Array in shared memory. */
export const Control = { generation: 0, finished: 1, action: 2, work: 3, task: 4, slots: 5 } as const;
export const Action = { begin: 0, run: 1, end: 2 } as const;

export interface BeginMessage {
  /** The part kind's name. */
  kind: string;
  input: unknown;
}

/**
 * Looks before a thread sleeps. A task follows the last one after some ten microseconds; sleeping and being woken costs
 * more than that, while looking longer takes time from the others where there are more threads than cores.
 */
const SPINS = 4_000;

/** Waits until control[slot] is no longer `value`. */
export function waitWhile(control: Int32Array, slot: number, value: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(control, slot) !== value) return;
  }
  while (Atomics.load(control, slot) === value) Atomics.wait(control, slot, value);
}

/**
 * The team of the calling thread and one helper behind each port. Whoever started the threads watches them: a helper's
 * death is not seen here, it has to end this thread too.
 */
class ThreadTeam implements Team {
  readonly threads: number;
  private works = 0;

  constructor(
    private readonly control: Int32Array,
    private readonly ports: readonly MessagePort[],
  ) {
    this.threads = ports.length + 1;
  }

  begin<Input>(kind: PartKind<Input>, input: Input): Work {
    const id = this.works++;
    const message: BeginMessage = { kind: kind.name, input };
    for (const port of this.ports) port.postMessage(message);
    let own: Part | undefined;
    this.together(Action.begin, id, 0, () => {
      own = new kind.make(input, { thread: 0, threads: this.threads });
    });
    return {
      run: (task) => this.together(Action.run, id, task, () => own!.run(task)),
      end: () => this.together(Action.end, id, 0, () => {}),
    };
  }

  private together(action: number, work: number, task: number, own: () => void): void {
    const { control, ports } = this;
    Atomics.store(control, Control.finished, 0);
    Atomics.store(control, Control.action, action);
    Atomics.store(control, Control.work, work);
    Atomics.store(control, Control.task, task);
    Atomics.add(control, Control.generation, 1);
    Atomics.notify(control, Control.generation);
    own();
    for (;;) {
      const finished = Atomics.load(control, Control.finished);
      if (finished === ports.length) return;
      waitWhile(control, Control.finished, finished);
    }
  }
}

/** What the thread that leads makes its team of. */
export interface TeamInput {
  control: Int32Array;
  /** One per helper. */
  ports: MessagePort[];
}

export function teamOf({ control, ports }: TeamInput): Team {
  return ports.length === 0 ? SOLO : new ThreadTeam(control, ports);
}

export function newControl(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * Control.slots));
}
