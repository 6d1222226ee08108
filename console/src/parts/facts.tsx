import { SimpleGrid, type SimpleGridProps, Table, Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";

/** Names and values, one pair a line; absent values are left out. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <Table variant="vertical" withTableBorder={false} verticalSpacing={4}>
      <Table.Tbody>
        {of
          .filter(([, value]) => value !== null && value !== undefined)
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={180} style={{ verticalAlign: "top" }}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}

/** Names and figures beside each other. */
export function Figures({
  of,
  cols,
}: {
  of: readonly (readonly [name: string, value: ReactNode])[];
  cols: SimpleGridProps["cols"];
}) {
  return (
    <SimpleGrid component="dl" {...(cols ? { cols } : {})} m={0} spacing="md" verticalSpacing="xs">
      {of.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            <Breakable name={name} />
          </Text>
          <Text component="dd" m={0} fw={600} className="numbers">
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

/** A name in snake_case, which goes on in the next line behind an underscore rather than within a word. */
export function Breakable({ name }: { name: string }) {
  return name.split("_").map((word, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: words of a name have no key but their place
    <Fragment key={index}>
      {index > 0 && (
        <>
          _<wbr />
        </>
      )}
      {word}
    </Fragment>
  ));
}
