// Of the ways in which a decision table can choose its rules, those that the engine runs, in the page's language.
import { HIT_POLICIES } from "dmn-js-decision-table/lib/features/hit-policy/HitPolicies";
import { translate } from "./translate.js";

const RUN = new Set(["UNIQUE", "FIRST", "COLLECT"]);

export function offerWhatRuns() {
  const kept = HIT_POLICIES.filter(({ value }) => RUN.has(value.hitPolicy) && !value.aggregation);
  HIT_POLICIES.splice(0, HIT_POLICIES.length, ...kept.map((each) => ({ ...each, label: translate(each.label), explanation: translate(each.explanation) })));
}
