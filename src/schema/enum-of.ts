/** The enum of a table of names and descriptions: each name stands for itself. */
export const namesOf = <Name extends string>(table: Readonly<Record<Name, string>>): { [N in Name]: N } =>
  Object.fromEntries(Object.keys(table).map((name) => [name, name])) as { [N in Name]: N };

/** What `registerEnumType` takes as descriptions of its values. */
export const described = (table: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(table).map(([name, description]) => [name, { description }]));
