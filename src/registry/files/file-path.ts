import { BadUserInputError } from "../../errors/errors.js";

const MAX_PATH_BYTES = 1_024;

/**
 * The path of a file within what has it, segment by segment, as it was decoded once.
 * @throws {BadUserInputError} a path that leads elsewhere, or that no file system takes
 */
export function filePath(segments: readonly string[]): string {
  const path = segments.join("/");
  const refuse = (problem: string): never => {
    throw new BadUserInputError(`path ${JSON.stringify(path.slice(0, 100))}: ${problem}`, {
      path: path.slice(0, 100),
    });
  };
  if (segments.length === 0 || path === "") refuse("the name of a file was expected");
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    refuse(`it has ${Buffer.byteLength(path)} bytes; at most ${MAX_PATH_BYTES} are accepted`);
  for (const segment of segments) {
    if (segment === "") refuse("it has an empty segment");
    if (segment === "." || segment === "..") refuse(`the segment ${JSON.stringify(segment)} leads elsewhere`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
    if (/[/\\\u0000-\u001f\u007f]/.test(segment))
      refuse("a segment has a slash, a backslash or a control character");
  }
  return path;
}

/** The folders that a file lies in, the outermost first. */
export function foldersOf(path: string): string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
