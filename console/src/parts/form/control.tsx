import { Autocomplete, JsonInput, MultiSelect, Select, TagsInput, TextInput } from "@mantine/core";
import { inWords } from "../format.js";
import type { FormField } from "./definition.js";

interface Props {
  id: string;
  field: FormField;
  value: string | readonly string[];
  problem: string | undefined;
  suggestions: readonly string[];
  change: (value: string | readonly string[]) => void;
}

/** One field, asked for as its type wants it. */
export function Control({ id, field, value, problem, suggestions, change }: Props) {
  const { control, name, description, required, type } = field;
  const text = typeof value === "string" ? value : "";
  const many = typeof value === "string" ? [] : [...value];
  const common = {
    id,
    label: labelOf(name),
    description: description ?? type,
    error: problem,
    withAsterisk: required,
  } as const;
  switch (control.kind) {
    case "choice":
      return (
        <Select
          {...common}
          data={control.values.map(({ name: value }) => ({ value, label: inWords(value) }))}
          value={text || null}
          onChange={(chosen) => change(chosen ?? "")}
          clearable={!required && field.standard === undefined}
          allowDeselect={false}
          placeholder="Choose"
        />
      );
    case "choices":
      return (
        <MultiSelect
          {...common}
          data={control.values.map(({ name: value }) => ({ value, label: inWords(value) }))}
          value={many}
          onChange={change}
        />
      );
    case "texts":
      return <TagsInput {...common} value={many} onChange={change} placeholder="Enter adds one" />;
    case "boolean":
      return (
        <Select
          {...common}
          data={YES_OR_NO}
          value={text || null}
          onChange={(chosen) => change(chosen ?? "")}
          clearable={!required && field.standard === undefined}
          allowDeselect={false}
          placeholder="Choose"
        />
      );
    case "json":
      return (
        <JsonInput
          {...common}
          value={text}
          onChange={change}
          autosize
          minRows={2}
          maxRows={12}
          formatOnBlur
          spellCheck={false}
        />
      );
    case "date":
      return (
        <>
          <TextInput
            {...common}
            value={text}
            onChange={({ currentTarget }) => change(currentTarget.value)}
            type="date"
            list={`${id}-suggested`}
          />
          <datalist id={`${id}-suggested`}>
            {suggestions.map((date) => (
              <option key={date} value={date} />
            ))}
          </datalist>
        </>
      );
    case "instant":
    case "integer":
    case "number":
    case "text":
      return suggestions.length > 0 ? (
        <Autocomplete
          {...common}
          data={[...new Set(suggestions)]}
          value={text}
          onChange={change}
          limit={50}
        />
      ) : (
        <TextInput
          {...common}
          value={text}
          onChange={({ currentTarget }) => change(currentTarget.value)}
          {...HINTS[control.kind]}
        />
      );
    case "group":
      throw new Error(`${field.path} is a group; its fields are asked for one by one`);
  }
}

/** `labelAsOf` as `Label as of`. */
const labelOf = (name: string): string => inWords(name.replace(/[A-Z]/g, " $&"));

const YES_OR_NO = [
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];

const HINTS = {
  instant: { placeholder: "2024-01-31T12:00:00Z" },
  integer: { inputMode: "numeric" },
  number: { inputMode: "decimal" },
  text: {},
} as const;
