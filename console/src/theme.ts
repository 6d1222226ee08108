import { type CSSVariablesResolver, createTheme } from "@mantine/core";

/** Mantine's own light shades miss WCAG's contrast of 4.5: everything that carries text is one or two shades darker. */
export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
  // An icon alone: without a label its name is nowhere.
  components: { Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } } },
});

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": colors.gray[7],
    "--mantine-color-anchor": colors.indigo[8],
    "--mantine-color-error": colors.red[9],
    "--mantine-color-placeholder": colors.gray[6],
  },
  dark: {
    "--mantine-color-dimmed": colors.dark[1],
    "--mantine-color-anchor": colors.indigo[2],
    "--mantine-color-error": colors.red[4],
    "--mantine-color-placeholder": colors.dark[2],
  },
});
