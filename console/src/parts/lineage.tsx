import { Code, Text, VisuallyHidden } from "@mantine/core";
import { useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { type LineageStage, lineBetween } from "./lineage-lines.js";

/**
 * From the result back to the files: stages beside each other, on a narrow screen below each other. Nodes are links in
 * lists, so that they are read and reached like any text; the lines between them are a picture laid over them.
 */
export function Lineage({ of }: { of: readonly LineageStage[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const lines = useLines(frame, of);
  const labels = new Map(of.flatMap(({ nodes }) => nodes.map(({ id, label }) => [id, label])));
  return (
    <div ref={frame} className="lineage">
      <svg aria-hidden="true" className="lineage-lines">
        <defs>
          <marker
            id="made"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" fill="var(--mantine-color-dimmed)" />
          </marker>
        </defs>
        {lines.map((line) => (
          <path
            key={line}
            d={line}
            fill="none"
            stroke="var(--mantine-color-dimmed)"
            strokeWidth="1.5"
            markerEnd="url(#made)"
          />
        ))}
      </svg>
      <ol>
        {of.map(({ title, nodes }) => (
          <li key={title}>
            <Text size="xs" fw={600} c="dimmed" mb={4}>
              {title}
            </Text>
            <ul>
              {nodes.map(({ id, label, detail, hash, to, from }) => (
                <li key={id}>
                  <Link to={to} data-node={id}>
                    <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                      {label}
                    </Text>
                    {detail && (
                      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                        {detail}
                      </Text>
                    )}
                    {hash && (
                      <Text size="xs" c="dimmed">
                        {hash.kind} <Code title={hash.value}>{hash.value.slice(0, 12)}</Code>
                      </Text>
                    )}
                  </Link>
                  {from.length > 0 && (
                    <VisuallyHidden>made from {from.map((id) => labels.get(id)).join(", ")}</VisuallyHidden>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Paths from each node to what was made from it, measured again whenever something has moved. */
function useLines(frame: React.RefObject<HTMLDivElement | null>, of: readonly LineageStage[]): string[] {
  const [lines, setLines] = useState<string[]>([]);
  useLayoutEffect(() => {
    const within = frame.current!;
    const draw = () => {
      const origin = within.getBoundingClientRect();
      const boxes = new Map(
        [...within.querySelectorAll<HTMLElement>("[data-node]")].map((node) => {
          const { left, top, width, height } = node.getBoundingClientRect();
          return [node.dataset.node!, { x: left - origin.left, y: top - origin.top, width, height }];
        }),
      );
      const drawn = of.flatMap(({ nodes }) =>
        nodes.flatMap(({ id, from }, place) =>
          from.map((source) => lineBetween(boxes.get(source), boxes.get(id), place)),
        ),
      );
      setLines([...new Set(drawn.filter((line) => line !== null))]);
    };
    const observer = new ResizeObserver(draw);
    observer.observe(within);
    return () => observer.disconnect();
  }, [frame, of]);
  return lines;
}
