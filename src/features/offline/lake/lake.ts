import type { ByteStore, WrittenFile } from "../../../storage/byte-store.js";
import { openStore } from "../../../storage/open-store.js";

/** One file of the lake, as the catalogue has it. */
export interface LakeFile extends WrittenFile {
  rows: number;
}

/** Who writes: each has a place of its own for what is not finished yet. */
export type LakeWriting = "parts" | "joins";

/** A place for Parquet files. What is there is the catalogue's to say (`lake_files`). */
export type Lake = ByteStore;

/** @param url checked by `storeUrlProblem` */
export const openLake = (url: string): Lake =>
  openStore(url, "asof doctor --lake lists all such files, and what to do");
