/**
 * Chris Doty-Humphrey's small fast counting generator (sfc32, PractRand), seeded with two numbers so that every tree has a
 * stream of its own, whichever thread grows it.
 */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;

  constructor(seed: number, stream: number) {
    this.a = seed | 0;
    this.b = stream | 0;
    for (let k = 0; k < 15; k++) this.next();
  }

  /** A uniform integer from 0 to count - 1; count below 2^32. */
  below(count: number): number {
    return Math.floor((this.next() * count) / 2 ** 32);
  }

  private next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
