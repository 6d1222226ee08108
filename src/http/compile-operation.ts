import {
  type ArgumentNode,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLField,
  GraphQLScalarType,
  GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { isCompilable } from "./compilable.js";

/** As graphql-js limits what it says of one request's variables. */
const maxErrors = 50;

/** One query, compiled. */
export interface CompiledOperation {
  /**
   * The values of every argument, as graphql-js makes them of the request's variables; null where it refuses one of them.
   */
  argumentsOf(variables: Readonly<Record<string, unknown>>): Record<string, unknown> | null;
  query(values: Record<string, unknown>, context: unknown): ExecutionResult | Promise<ExecutionResult>;
}

/** The arguments of one field of the document: each has become a variable of the compiled query. */
interface Hoisted {
  field: GraphQLField<unknown, unknown>;
  node: FieldNode;
  /** The variable's name by the argument's. */
  names: ReadonlyMap<string, string>;
}

/** What it is given it takes as it is: the value of an argument, coerced before. */
const coerced = new GraphQLScalarType({ name: "CoercedArgument" });

/**
 * Compiles queries so that they answer what graphql-js answers, to the byte. graphql-jit coerces variables and arguments
 * in its own way: it differs in null where a default would hold, in enums, in `@oneOf`. So all it gets are fields whose
 * arguments are variables of no type; their values are made by graphql-js, from the operation's own definitions.
 */
export class OperationCompiler {
  /** The schema with the variables' type. Made when it is needed first. */
  #target: GraphQLSchema | undefined;

  constructor(private readonly schema: GraphQLSchema) {}

  /** @returns null: a document of which it is not certain that both answer the same, or that cannot be compiled */
  compile(document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation | null {
    if (!isCompilable(this.schema, document, operation)) return null;
    const hoisted = this.#hoistArguments(document);
    const compiled = compileQuery(this.#targetSchema(), hoisted.document, operation.name?.value);
    if (!isCompiledQuery(compiled)) return null;
    return {
      argumentsOf: (variables) => valuesOf(this.schema, operation, hoisted.fields, variables),
      query: (values, context) => compiled.query(undefined, context, values),
    };
  }

  #hoistArguments(document: DocumentNode): { document: DocumentNode; fields: Hoisted[] } {
    const types = new TypeInfo(this.schema);
    const fields: Hoisted[] = [];
    const variableDefinitions: VariableDefinitionNode[] = [];
    const hoist = (node: FieldNode): FieldNode | undefined => {
      const field = types.getFieldDef();
      if (!field || field.args.length === 0) return undefined;
      const names = new Map(field.args.map(({ name }, index) => [name, `field${fields.length}_${index}`]));
      fields.push({ field, node, names });
      for (const name of names.values()) variableDefinitions.push(definitionOf(name));
      return { ...node, arguments: [...names].map(([name, variable]) => argumentOf(name, variable)) };
    };
    const rewritten: DocumentNode = visit(document, visitWithTypeInfo(types, { Field: { leave: hoist } }));
    const definitions = rewritten.definitions.map((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? { ...node, variableDefinitions } : node,
    );
    return { document: { ...rewritten, definitions }, fields };
  }

  #targetSchema(): GraphQLSchema {
    if (!this.#target) {
      const config = this.schema.toConfig();
      this.#target = new GraphQLSchema({ ...config, types: [...config.types, coerced], assumeValid: true });
    }
    return this.#target;
  }
}

function valuesOf(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fields: readonly Hoisted[],
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const given = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors });
  if (given.errors) return null;
  const values: Record<string, unknown> = {};
  try {
    for (const { field, node, names } of fields) {
      for (const [name, value] of Object.entries(getArgumentValues(field, node, given.coerced))) {
        values[names.get(name)!] = value;
      }
    }
  } catch {
    // Where the field is in a list, it depends on the list whether anybody gets to know.
    return null;
  }
  return values;
}

const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
const variableOf = (name: string) => ({ kind: Kind.VARIABLE, name: named(name) }) as const;
const argumentOf = (name: string, variable: string): ArgumentNode => ({
  kind: Kind.ARGUMENT,
  name: named(name),
  value: variableOf(variable),
});
const definitionOf = (name: string): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: variableOf(name),
  type: { kind: Kind.NAMED_TYPE, name: named(coerced.name) },
});
