import type { ModelQuery } from "../../graphql/graphql.js";
import { DataTable } from "../../parts/data-table.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";

type Change = NonNullable<ModelQuery["model"]>["changes"][number];

/** Who named, described, tagged or deleted what of the model. */
export function Changes({ of }: { of: readonly Change[] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Changes" note="Aliases, descriptions, tags and deletions. The newest first.">
      <DataTable
        label="Changes"
        rows={of}
        keyOf={({ id }) => id}
        maxHeight={360}
        columns={[
          { name: "When", cell: ({ at }) => <Time at={at} /> },
          { name: "Who", cell: ({ actor }) => actor },
          { name: "What", cell: ({ message }) => message },
        ]}
      />
    </Section>
  );
}
