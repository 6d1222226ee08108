import { clamp, Random } from "./random.js";

export type NetService = "DSL" | "Fiber optic" | "No";
export type ContractType = "Month-to-month" | "One year" | "Two year";

/** One row of users.csv and subscriptions.csv: what does not change between the two months. */
export interface Account {
  userId: string;
  signupDate: string;
  gender: "Female" | "Male";
  isSenior: boolean;
  hasFamily: boolean;
  hasDependents: boolean;
  monthsActive: number;
  /** Null without an internet service: there is nothing to stream over. */
  streamTv: boolean | null;
  streamMovies: boolean | null;
  contractType: ContractType;
  paperlessBilling: boolean;
  monthlyFee: number;
  totalPaid: number;
  netService: NetService;
}

/** The user whom the documentation's examples ask for. */
const EXAMPLE_USER = { userId: "8627-ZYGSZ", index: 282 };

export function generateAccounts(seed: number, count: number): Account[] {
  const ids = generateUserIds(new Random(seed, "user ids"), count);
  const random = new Random(seed, "accounts");
  return ids.map((userId) => generateAccount(userId, random));
}

function generateUserIds(random: Random, count: number): string[] {
  const ids = new Set<string>();
  while (ids.size < count) {
    if (ids.size === EXAMPLE_USER.index) ids.add(EXAMPLE_USER.userId);
    const digits = String(random.below(10_000)).padStart(4, "0");
    const letters = Array.from({ length: 5 }, () => String.fromCharCode(65 + random.below(26))).join("");
    ids.add(`${digits}-${letters}`);
  }
  return [...ids];
}

function generateAccount(userId: string, random: Random): Account {
  const contractType = random.pick<ContractType>([
    ["Month-to-month", 0.55],
    ["Two year", 0.24],
    ["One year", 0.21],
  ]);
  const netService = random.pick<NetService>([
    ["Fiber optic", 0.44],
    ["DSL", 0.344],
    ["No", 0.216],
  ]);
  const monthsActive = generateMonthsActive(contractType, random);
  const hasFamily = random.chance(0.48);
  const streaming = generateStreamingPlans(netService, monthsActive, random);
  const monthlyFee = generateMonthlyFee(netService, streaming, monthsActive, random);
  return {
    userId,
    signupDate: signupDate(monthsActive, 1 + random.below(28)),
    gender: random.chance(0.505) ? "Male" : "Female",
    isSenior: random.chance(0.162),
    hasFamily,
    hasDependents: random.chance(hasFamily ? 0.52 : 0.09),
    monthsActive,
    ...streaming,
    contractType,
    paperlessBilling: random.chance({ "Fiber optic": 0.77, DSL: 0.55, No: 0.29 }[netService]),
    monthlyFee,
    totalPaid: roundTo(monthsActive * monthlyFee * clamp(random.normal(1, 0.03), 0.8, 1.2), 20),
    netService,
  };
}

/** Monthly contracts are mostly young, two-year contracts mostly old. */
function generateMonthsActive(contract: ContractType, random: Random): number {
  const [first, second, third] = [random.uniform(), random.uniform(), random.uniform()];
  if (contract === "Month-to-month") return Math.floor(73 * first * first * (0.4 + 0.6 * second));
  if (contract === "One year") return Math.floor(6 + 67 * ((first + second) / 2) * (0.85 + 0.15 * third));
  return Math.floor(73 * (1 - first * first * (0.4 + 0.6 * second)));
}

function generateStreamingPlans(
  net: NetService,
  monthsActive: number,
  random: Random,
): Pick<Account, "streamTv" | "streamMovies"> {
  if (net === "No") return { streamTv: null, streamMovies: null };
  const streamTv = random.chance(0.3 + 0.005 * monthsActive + (net === "Fiber optic" ? 0.06 : 0));
  return { streamTv, streamMovies: random.chance((streamTv ? 0.52 : 0.18) + 0.004 * monthsActive) };
}

function generateMonthlyFee(
  net: NetService,
  plans: Pick<Account, "streamTv" | "streamMovies">,
  monthsActive: number,
  random: Random,
): number {
  if (net === "No") return roundTo(clamp(random.normal(21, 2), 18.25, 26.9), 20);
  let fee = net === "DSL" ? 43 : 71;
  if (plans.streamTv) fee += 9.9;
  if (plans.streamMovies) fee += 9.9;
  // Up to four further options at about 5 each; older customers hold more of them.
  for (let option = 0; option < 4; option++) if (random.chance(0.2 + 0.005 * monthsActive)) fee += 5;
  return roundTo(fee + random.normal(0, 0.8), 20);
}

/** `monthsActive` whole months before the first snapshot, 2024-01-31. */
function signupDate(monthsActive: number, day: number): string {
  return new Date(Date.UTC(2024, 0 - monthsActive, day)).toISOString().slice(0, 10);
}

function roundTo(value: number, stepsPerUnit: number): number {
  return Math.round(value * stepsPerUnit) / stepsPerUnit;
}
