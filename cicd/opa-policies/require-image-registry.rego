# Images come from our own registry alone: what runs was built, scanned and kept by us.
package hiroba.require_image_registry

import data.lib.workload

violation contains {"msg": msg, "details": {"image": container.image}} if {
	not workload.being_deleted
	some {"field": _, "container": container} in workload.containers
	not workload.exempt_image(container.image)
	not from_allowed(container.image)
	msg := sprintf("container %q: the image %q is not from %s", [
		container.name, container.image, concat(", ", [registry | some registry in input.parameters.registries]),
	])
}

# An entry ends where a path component ends, so that "example.com/hiroba" does not allow "example.com/hiroba-evil/x".
from_allowed(image) if {
	some registry in input.parameters.registries
	startswith(image, concat("", [trim_suffix(registry, "/"), "/"]))
}
