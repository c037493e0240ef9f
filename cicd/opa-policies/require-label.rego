# Every workload names the team that is called when it breaks.
package hiroba.require_label

import data.lib.workload

violation contains {"msg": "the constraint names no labels: nothing is allowed until it does"} if {
	not workload.being_deleted
	workload.unset("labels")
}

violation contains {"msg": msg, "details": {"label": required.key}} if {
	not workload.being_deleted
	some required in input.parameters.labels
	some [where, labels] in label_sets
	value := object.get(labels, required.key, "")
	not acceptable(required, value)
	msg := sprintf("%s needs the label %q matching %s", [where, required.key, pattern(required)])
}

label_sets contains ["metadata.labels", object.get(workload.object.metadata, "labels", {})]

label_sets contains ["spec.template.metadata.labels", labels] if {
	workload.pod_template.spec
	workload.object.kind != "Pod"
	labels := object.get(object.get(workload.pod_template, "metadata", {}), "labels", {})
}

acceptable(required, value) if {
	value != ""
	regex.match(pattern(required), value)
}

pattern(required) := object.get(required, "allowedRegex", "^.+$")
