import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";

const WITHDRAW = graphql(`
  mutation Withdraw($asOf: Date!, $reason: String!) {
    withdrawSnapshot(asOf: $asOf, reason: $reason) {
      id
      status
    }
  }
`);

/** Takes the newest revision of a date back. */
export function Withdraw({ asOf, done }: { asOf: string; done: () => unknown }) {
  return (
    <Act
      label="Withdraw"
      color="red"
      mutation={WITHDRAW}
      variables={(reason) => ({ asOf, reason })}
      confirm={`The newest revision of ${asOf} is no longer found from now on. Online and live values go back to what they were without it. It stays on record.`}
      reason="required"
      said={`The withdrawal of ${asOf} was started`}
      done={done}
    />
  );
}
