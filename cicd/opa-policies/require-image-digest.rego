# An image is named by its content: a tag can be moved, a digest cannot.
package hiroba.require_image_digest

import data.lib.workload

violation contains {"msg": msg, "details": {"image": container.image}} if {
	not workload.being_deleted
	some {"field": _, "container": container} in workload.containers
	not workload.exempt_image(container.image)
	not regex.match(`@sha256:[0-9a-f]{64}$`, container.image)
	msg := sprintf("container %q: the image %q is not pinned by a sha256 digest", [container.name, container.image])
}
