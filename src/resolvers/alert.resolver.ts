import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import type { AlertDelivery, AlertDeliveryState } from "../alerts/delivery-store.js";
import { parseMessage } from "../alerts/message.js";
import type { StoredAlertRule } from "../alerts/rule-store.js";
import type { AlertRule } from "../definitions/language/alerts.js";
import { BadUserInputError } from "../errors/errors.js";
import { listSize, pageSize, parseJson, parseName } from "../inputs/arguments.js";
import { AlertDeliveryStateName } from "../schema/alert.enum.js";
import { AlertDeliveryType, AlertRuleInput, AlertRuleType } from "../schema/alert.type.js";
import { SCAN } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

/** Who is told of what, and what became of it. Addresses of receivers are not for everybody. */
@Resolver()
export class AlertResolver {
  @Needs("operator")
  @Query(() => [AlertRuleType], {
    nullable: true,
    complexity: SCAN,
    description: "Who is told of what, by name: rules of the definitions, and those set through the API.",
  })
  async alertRules(
    @ListSize() first: number | null,
    @Ctx() { services }: GraphQLContext,
  ): Promise<AlertRuleType[]> {
    return (await services.alerts.rules(listSize(first))).map(shownRule);
  }

  @Needs("operator")
  @Query(() => [AlertDeliveryType], {
    nullable: true,
    complexity: SCAN,
    description: "What was sent, waits or was given up, the newest first. What is over is kept for 30 days.",
  })
  async alertDeliveries(
    @Arg("state", () => AlertDeliveryStateName, { nullable: true, description: "Only in this state." })
    state: AlertDeliveryState | null | undefined,
    @Arg("rule", () => String, { nullable: true, description: "Only of this rule." }) rule:
      | string
      | null
      | undefined,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Ctx() { services }: GraphQLContext,
  ): Promise<AlertDeliveryType[]> {
    const asked = { state, rule: rule && parseName(rule, "rule") };
    return (await services.alerts.deliveries(asked, pageSize(first))).map(shownDelivery);
  }

  @Needs("admin")
  @Mutation(() => AlertRuleType, {
    description:
      "Creates a rule, or changes the one of that name. What happened before there was the rule is not told.",
  })
  async setAlertRule(
    @Arg("input", () => AlertRuleInput) input: AlertRuleInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<AlertRuleType> {
    return shownRule(await services.alerts.set(ruleOf(input), actor));
  }

  @Needs("admin")
  @Mutation(() => AlertRuleType, {
    description: "Answers what was deleted. What waits to be sent by it is sent no more.",
  })
  async deleteAlertRule(
    @Arg("name", () => String, { description: "The rule's name." }) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<AlertRuleType> {
    return shownRule(await services.alerts.delete(parseName(name, "name")));
  }

  @Needs("operator")
  @Mutation(() => AlertDeliveryType, {
    description: "Sends a message by a rule now, once, and answers with what became of it.",
  })
  async testAlert(
    @Arg("rule", () => String, { description: "The rule's name." }) rule: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<AlertDeliveryType> {
    return shownDelivery(await services.alerts.test(parseName(rule, "rule"), actor));
  }

  @Needs("operator")
  @Mutation(() => AlertDeliveryType, {
    description: "Sends one again that was given up, or that waits; as often as a new one.",
  })
  async retryAlertDelivery(
    @Arg("id", () => String, { description: "The delivery's id." }) id: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<AlertDeliveryType> {
    return shownDelivery(await services.alerts.retry(parseName(id, "id")));
  }
}

const shownRule = ({
  afterEvent: _event,
  afterMove: _move,
  afterCanary: _canary,
  triggers,
  ...rule
}: StoredAlertRule): AlertRuleType => ({ ...rule, on: Object.keys(triggers), params: triggers });

/** One that an older release stored, or a hand, must not take the list away. */
const NO_MESSAGE = { phase: "HAPPENED", summary: "what is stored is no message of an alert", data: {} };

function shownDelivery({ message, ...delivery }: AlertDelivery): AlertDeliveryType {
  const { phase, summary, data } = parseMessage(message) ?? NO_MESSAGE;
  return { ...delivery, phase, summary, data };
}

/** @throws {BadUserInputError} options are no objects, or of an event that is not named */
function ruleOf({ name, on, params, channel, options }: AlertRuleInput): AlertRule {
  const given = objectOf(params ?? {}, "input.params");
  const other = Object.keys(given).find((event) => !on.includes(event));
  if (other !== undefined)
    throw new BadUserInputError(`input.params: ${JSON.stringify(other)} is not among the events of on`, {
      argument: "input.params",
    });
  return {
    name,
    on: Object.fromEntries(on.map((event) => [event, given[event] ?? true])),
    to: { ...objectOf(options, "input.options"), channel } as AlertRule["to"],
  };
}

function objectOf(value: unknown, argument: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return parseJson(value, argument) as Record<string, unknown>;
  throw new BadUserInputError(`${argument}: an object was expected; got ${JSON.stringify(value)}`, {
    argument,
  });
}
