# A pod that serves says when it is ready and when it is beyond help.
package hiroba.require_probes

import data.lib.workload

violation contains {"msg": "the constraint names no probes: nothing is allowed until it does"} if {
	not workload.being_deleted
	workload.unset("probes")
}

violation contains {"msg": msg, "details": {"container": container.name}} if {
	not workload.being_deleted
	serves
	some container in workload.long_running
	not workload.exempt_image(container.image)
	some probe in input.parameters.probes
	not checks(container, probe)
	msg := sprintf("container %q needs a %s with one of %s", [container.name, probe, concat(", ", kinds)])
}

kinds := ["exec", "grpc", "httpGet", "tcpSocket"]

checks(container, probe) if {
	some kind in kinds
	_ = container[probe][kind]
}

# Jobs end by themselves; so do the pods they make.
serves if {
	not workload.object.kind in {"Job", "CronJob"}
	not made_by_a_job
}

made_by_a_job if {
	some owner in workload.object.metadata.ownerReferences
	owner.kind == "Job"
}
