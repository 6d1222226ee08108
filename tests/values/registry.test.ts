import { expect, it } from "vitest";
import { Registry, UnknownNameError } from "../../src/values/registry.js";

interface Colour {
  readonly name: string;
  readonly hex: string;
}

const builtInColours = [
  { name: "red", hex: "#f00" },
  { name: "green", hex: "#0f0" },
] as const satisfies readonly Colour[];
const blue: Colour = { name: "blue", hex: "#00f" };

const colours = () => new Registry<Colour>("colour", builtInColours);

it("lists, finds and iterates over its records in their order", () => {
  const registry = colours();
  expect(registry.names()).toEqual(["red", "green"]);
  expect([...registry]).toEqual(builtInColours);
  expect(registry.get("green")).toBe(builtInColours[1]);
  expect(registry.find("blue")).toBeUndefined();
});

it("takes other records instead, from outside", () => {
  const registry = colours();
  registry.use([blue, ...builtInColours]);
  expect(registry.names()).toEqual(["blue", "red", "green"]);
  registry.use([blue]);
  expect(registry.find("red")).toBeUndefined();
});

it("names the kind, what was got, what there is and what may be meant when a name is unknown", () => {
  const registry = colours();
  const error = (() => {
    try {
      return registry.get("gren");
    } catch (error) {
      return error as UnknownNameError;
    }
  })();
  expect(error).toBeInstanceOf(UnknownNameError);
  expect(error).toMatchObject({
    code: "BAD_USER_INPUT",
    message: 'no colour is named "gren"; known: red, green; did you mean "green"?',
    details: { what: "colour", got: "gren", known: ["red", "green"] },
  });
});

it("finds nothing by the names that every object has", () => {
  expect(colours().find("constructor")).toBeUndefined();
  expect(() => new Registry<Colour>("colour", []).get("toString")).toThrow(
    'no colour is named "toString"; known: none',
  );
});

it("refuses two records of one name and stays what it was", () => {
  const registry = colours();
  expect(() => registry.use([blue, blue])).toThrow('two colour records are named "blue"');
  expect(registry.names()).toEqual(["red", "green"]);
  expect(() => new Registry<Colour>("colour", [blue, blue])).toThrow("rename one or leave it out");
});
