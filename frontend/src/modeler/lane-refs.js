// Which lane a step stands in, and so who does it. bpmn-js looks for lanes no further than the subprocess around a step;
// ours go through: a step inside a subprocess belongs to the lane that it is drawn in.
import Modeling from "bpmn-js/lib/features/modeling/Modeling";
import UpdateFlowNodeRefsHandler from "bpmn-js/lib/features/modeling/cmd/UpdateFlowNodeRefsHandler";
import { collectLanes } from "bpmn-js/lib/features/modeling/util/LaneUtil";
import { is } from "bpmn-js/lib/util/ModelUtil";

const isStep = (shape) => is(shape, "bpmn:FlowNode") && !shape.labelTarget;

function within(shape) {
  return (shape.children ?? []).flatMap((each) => [...(isStep(each) ? [each] : []), ...within(each)]);
}

// What holds the lanes: the nearest thing around that has some.
function lanesAround(shape) {
  for (let up = shape.parent; up; up = up.parent) {
    const lanes = collectLanes(up);
    if (lanes.length) return lanes;
  }
  return [];
}

function covers(lane, { x, y, width, height }) {
  const [left, top] = [x + width / 2 - lane.x, y + height / 2 - lane.y];
  return left > 0 && left < lane.width && top > 0 && top < lane.height;
}

class LaneRefs extends UpdateFlowNodeRefsHandler {
  _computeUpdates(steps, lanes) {
    const moved = new Set(steps.flatMap((step) => [step, ...within(step)]));
    for (const lane of lanes) {
      let holder = lane.parent;
      while (is(holder, "bpmn:Lane")) holder = holder.parent;
      if (holder) within(holder).forEach((step) => moved.add(step));
    }
    const updates = [...moved].map((step) => ({
      flowNode: step.businessObject, remove: step.businessObject.get("lanes").slice(),
      add: step.parent ? lanesAround(step).filter((lane) => covers(lane, step)).map((lane) => lane.businessObject) : [],
    }));
    for (const lane of lanes) {
      if (!lane.parent) updates.push(...lane.businessObject.get("flowNodeRef").map((flowNode) => ({ flowNode, remove: [lane.businessObject], add: [] })));
    }
    return updates;
  }
}

class HouseModeling extends Modeling {
  getHandlers() {
    return { ...super.getHandlers(), "lane.updateRefs": LaneRefs };
  }
}
HouseModeling.$inject = Modeling.$inject;

export default { modeling: ["type", HouseModeling] };
