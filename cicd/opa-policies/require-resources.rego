# What a container may take is written down: memory is bounded, and the scheduler knows what each needs.
package hiroba.require_resources

import data.lib.workload

violation contains {"msg": msg} if {
	not workload.being_deleted
	some name in ["requests", "limits"]
	workload.unset(name)
	msg := sprintf("the constraint names no %s: nothing is allowed until it does", [name])
}

violation contains {"msg": msg, "details": {"container": container.name}} if {
	not workload.being_deleted
	some {"field": field, "container": container} in workload.containers
	field != "ephemeralContainers" # the API does not allow resources on them
	not workload.exempt_image(container.image)
	some [group, resource] in required
	not amount(container, group, resource)
	msg := sprintf("container %q needs resources.%s.%s", [container.name, group, resource])
}

violation contains {"msg": msg, "details": {"container": container.name}} if {
	not workload.being_deleted
	some {"field": _, "container": container} in workload.containers
	most := input.parameters.maxMemory
	units.parse_bytes(container.resources.limits.memory) > units.parse_bytes(most)
	msg := sprintf("container %q may not take more memory than %s", [container.name, most])
}

required contains ["requests", resource] if some resource in input.parameters.requests

required contains ["limits", resource] if some resource in input.parameters.limits

amount(container, group, resource) if container.resources[group][resource] != ""
