import "reflect-metadata";
import { execute, type OperationDefinitionNode, parse, printType, validate } from "graphql";
import { Arg, buildSchema, Directive, Field, InputType, Query, Resolver } from "type-graphql";
import { expect, it } from "vitest";
import { OperationCompiler } from "../../src/http/compile-operation.js";
import { declareOneOf } from "../../src/resolvers/one-of.js";

@Directive("@oneOf")
@InputType()
class Key {
  @Field(() => String, { nullable: true }) name?: string;
  @Field(() => String, { nullable: true }) id?: string;
}

@Directive("@oneOf")
@InputType()
class Wrong {
  @Field(() => String) name!: string;
}

@Resolver()
class Keys {
  @Query(() => String)
  key(@Arg("key", () => Key) key: Key): string {
    return JSON.stringify(key);
  }
}

@Resolver()
class Wrongs {
  @Query(() => String)
  key(@Arg("key", () => Wrong) key: Wrong): string {
    return key.name;
  }
}

const make = (resolver: typeof Keys | typeof Wrongs) =>
  buildSchema({ resolvers: [resolver], validate: false, skipCheck: true });

it("an input declared @oneOf takes exactly one field: of a document, of variables, compiled or not", async () => {
  const schema = await make(Keys);
  declareOneOf(schema);
  expect(printType(schema.getType("Key")!)).toBe("input Key @oneOf {\n  name: String\n  id: String\n}");
  const document = parse("query($key: Key!) { key(key: $key) }");
  const compiled = new OperationCompiler(schema).compile(
    document,
    document.definitions[0] as OperationDefinitionNode,
  )!;
  for (const [key, holds] of [
    [{ name: "a" }, true],
    [{ id: "1" }, true],
    [{ name: "a", id: "1" }, false],
    [{ name: "a", id: null }, false],
    [{ name: null }, false],
    [{}, false],
  ] as const) {
    const { data } = await execute({ schema, document, variableValues: { key } });
    expect(data?.key, JSON.stringify(key)).toBe(holds ? JSON.stringify(key) : undefined);
    const values = compiled.argumentsOf({ key });
    expect(values && (await compiled.query(values, {})).data).toEqual(holds ? data : null);
  }
  expect(validate(schema, parse('{ key(key: { name: "a", id: "1" }) }'))).toHaveLength(1);
});

it("an input declared @oneOf with a field that must be given does not start", async () => {
  const schema = await make(Wrongs);
  expect(() => declareOneOf(schema)).toThrow(
    "Wrong is @oneOf, so Wrong.name must be nullable, without a default",
  );
});
