import type { CodegenConfig } from "@graphql-codegen/cli";

/** Types of the console's documents, out of the schema that is committed. `npm run console:documents` writes them. */
const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: ["console/src/**/*.{ts,tsx}", "!console/src/graphql/**"],
  ignoreNoDocuments: true,
  generates: {
    "console/src/graphql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string", JSON: "unknown" },
      },
    },
  },
};
export default config;
