import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { BUILD } from "../support/build.js";
import { asof } from "../support/cli.js";

const PROGRAM = `${BUILD}/cli/main.js`;

/** What a shell is told may follow the words. */
const completed = async (...words: string[]) => {
  const { code, out } = await asof(["complete", "--", ...words]);
  expect(code).toBe(0);
  return out.split("\n").flatMap((line) => (/^(:|$)/.test(line) ? [] : line.split("\t")[0]!));
};

describe("completion", () => {
  it.each([
    [["tra"], ["train", "train-externally"]],
    [
      ["alias", ""],
      ["set", "remove"],
    ],
    [
      ["train", "--algorithm", ""],
      ["logistic-regression", "random-forest", "gradient-boosting", "linear-regression"],
    ],
    [["runs", "--status", "f"], ["failed"]],
    [["promote", "--st"], ["--stage"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
  ])("of %j is %j", async (words, expected) => {
    expect(await completed(...words)).toEqual(expected);
  });

  it.each([
    ["bash", /complete .*asof/],
    ["zsh", /compdef _asof asof/],
    ["fish", /complete -c asof/],
  ])("has a script for %s that calls this program", async (shell, registers) => {
    const { code, out } = await asof(["completion", shell]);
    expect(code).toBe(0);
    expect(out).toMatch(registers);
    expect(out).toContain(`${PROGRAM}' complete --`);
  });

  it("completes in bash", () => {
    // Given by the package bash-completion.
    const script = `
      _get_comp_words_by_ref() { cur="\${COMP_WORDS[COMP_CWORD]}"; words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; }
      source <("$1" "$2" completion bash)
      COMP_WORDS=(asof schedules pa); COMP_CWORD=2; __asof_complete 2>/dev/null; echo "\${COMPREPLY[@]}"`;
    const out = execFileSync("bash", ["-c", script, "bash", process.execPath, PROGRAM], { encoding: "utf8" });
    expect(out).toBe("pause\n");
  });
});
