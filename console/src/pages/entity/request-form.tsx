import { Button, Group, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { ViewerQuery } from "../../graphql/graphql.js";

export type RequestFeature = ViewerQuery["deployment"]["services"][number]["request"][number];
export type RequestValues = Readonly<Record<string, string | number | boolean>>;

interface Props {
  features: readonly RequestFeature[];
  /** What was asked with last. */
  given: RequestValues;
  ask: (values: RequestValues) => void;
}

const YES_OR_NO = ["true", "false"];

/** What a request brings beside the key, asked for as its column declares it; the server checks it all the same. */
export function RequestForm({ features, given, ask }: Props) {
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask(valuesOf(features, texts));
  };
  return (
    <form onSubmit={submit}>
      <Group gap="sm" align="flex-end" mb="md">
        {features.map((feature) => {
          const { name, type, required, oneOf } = feature;
          const common = { size: "xs", label: name, description: hintOf(feature), withAsterisk: required };
          const value = texts[name] ?? "";
          const change = (text: string | null) => setTexts({ ...texts, [name]: text ?? "" });
          const choices = oneOf ?? (type === "bool" ? YES_OR_NO : null);
          return choices ? (
            <Select
              key={name}
              {...common}
              data={choices}
              value={value || null}
              onChange={change}
              clearable={!required}
            />
          ) : (
            <TextInput
              key={name}
              {...common}
              required={required}
              value={value}
              onChange={(event) => change(event.currentTarget.value)}
            />
          );
        })}
        <Button size="xs" type="submit">
          Predict
        </Button>
      </Group>
    </form>
  );
}

function hintOf({ type, min, max }: RequestFeature): string {
  const [least, most] = [min ?? null, max ?? null];
  if (least === null && most === null) return type;
  return `${type}, ${least === null ? "" : `from ${least} `}${most === null ? "" : `to ${most}`}`.trim();
}

/** What is left empty is not given; what is no number where one is asked for goes as it is, and the server says so. */
function valuesOf(
  features: readonly RequestFeature[],
  texts: Readonly<Record<string, string>>,
): RequestValues {
  return Object.fromEntries(
    features.flatMap(({ name, type }): [string, string | number | boolean][] => {
      const text = (texts[name] ?? "").trim();
      if (text === "") return [];
      if (type === "bool") return [[name, text === "true"]];
      const isNumber = (type === "int" || type === "float") && Number.isFinite(Number(text));
      return [[name, isNumber ? Number(text) : text]];
    }),
  );
}

/** As the address of the page has them; anything else is nothing. */
export function readRequest(text: string): RequestValues | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as RequestValues)
      : null;
  } catch {
    return null;
  }
}
