import type { ExportFormat, ExportParams } from "./export-params.js";

/** One file of an export. */
export interface PlannedFile {
  /** The step that writes it. */
  readonly step: string;
  /** The artifact's name. */
  readonly name: string;
  readonly mediaType: string;
  /** `undated`: Parquet without the date, which the file's folder names. */
  readonly form: "csv" | "parquet" | "undated";
  /** Of the dates whose rows are in it. */
  readonly months: ExportParams["months"];
}

export const PARQUET = "application/vnd.apache.parquet";

/** The files of each format; how many PARTS there are is known once they are written. */
export const plannedFiles: Readonly<
  Record<Exclude<ExportFormat, "PARTS">, (params: ExportParams) => readonly PlannedFile[]>
> = {
  CSV: ({ months }) => [
    {
      ...{ step: "write_csv", name: "training_set.csv", mediaType: "text/csv; charset=utf-8" },
      ...{ form: "csv", months },
    },
  ],
  PARQUET: ({ months }) => [
    {
      ...{ step: "write_parquet", name: "training_set.parquet", mediaType: PARQUET },
      ...{ form: "parquet", months },
    },
  ],
  // As Hive lays tables out: a folder names a column and its value, which the file in it does not repeat.
  HIVE: ({ months }) =>
    months.map((month) => ({
      step: `write_${month.asOf}`,
      name: `training_set/as_of=${month.asOf}/part-0.parquet`,
      ...{ mediaType: PARQUET, form: "undated", months: [month] },
    })),
};
