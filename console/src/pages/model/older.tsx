import { Button, Group } from "@mantine/core";
import { useNavigate, useSearchParams } from "react-router";

/** Turns a list that is the newest first, under a name of its own in the address; "back" is the page before. */
export function OlderAndNewest({
  name,
  last,
  what,
}: {
  name: string;
  /** What the next page begins before; null: there is none. */
  last: string | number | null;
  what: string;
}) {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  if (last === null && !params.has(name)) return null;
  const to = (before: string | number | null) => {
    const next = new URLSearchParams(params);
    if (before === null) next.delete(name);
    else next.set(name, String(before));
    void navigate({ search: String(next) }, { preventScrollReset: true });
  };
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" disabled={!params.has(name)} onClick={() => to(null)}>
        Newest {what}
      </Button>
      <Button size="xs" variant="default" disabled={last === null} onClick={() => to(last)}>
        Older {what}
      </Button>
    </Group>
  );
}
