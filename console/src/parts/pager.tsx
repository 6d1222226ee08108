import { Button, Group, Select } from "@mantine/core";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import type { PageInfo } from "../graphql/graphql.js";
import { useUrlState } from "./url-state.js";

const PAGE_SIZES = ["50", "100", "200"];

/** The page that the address asks for: its cursor and its size. */
export function usePage() {
  const [params] = useSearchParams();
  const [size, setSize] = useUrlState("size");
  const first = PAGE_SIZES.includes(size) ? Number(size) : 50;
  return { first, after: params.get("after"), setSize };
}

/** Pages by cursor, one entry of the history each: "back" is the page before. */
export function Pager({
  what,
  pageInfo: { hasNextPage, endCursor },
  size,
  setSize,
}: {
  /** In the plural: "Runs". */
  what: string;
  pageInfo: Pick<PageInfo, "hasNextPage" | "endCursor">;
  size: string;
  setSize: (size: string | null) => void;
}) {
  const [params] = useSearchParams();
  const { state, pathname } = useLocation();
  const navigate = useNavigate();
  /** Pages that were turned in this tab since the list was opened. */
  const turned = (state as { turned?: number } | null)?.turned ?? 0;
  const to = (after: string | null) => {
    const next = new URLSearchParams(params);
    if (after) next.set("after", after);
    else next.delete("after");
    return { pathname, search: String(next) };
  };
  return (
    <Group justify="space-between">
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          disabled={!params.has("after")}
          onClick={() => navigate(to(null))}
        >
          First page
        </Button>
        <Button variant="default" size="xs" disabled={turned === 0} onClick={() => navigate(-1)}>
          Previous page
        </Button>
        <Button
          variant="default"
          size="xs"
          disabled={!hasNextPage}
          onClick={() => navigate(to(endCursor ?? null), { state: { turned: turned + 1 } })}
        >
          Next page
        </Button>
      </Group>
      <Select
        size="xs"
        aria-label={`${what} per page`}
        data={PAGE_SIZES.map((value) => ({ value, label: `${value} per page` }))}
        value={size}
        allowDeselect={false}
        w={140}
        onChange={(value) => setSize(value === "50" ? null : value)}
      />
    </Group>
  );
}
