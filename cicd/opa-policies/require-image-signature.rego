# An image runs only when our pipeline vouched for it: the pod carries, per image, a JWS (RFC 7515, ES256) over the
# image's name and digest, made with a key that only the release role may use.
#
# The signature travels with the manifest, so admission needs no registry, no network and no other service to decide.
package hiroba.require_image_signature

import data.lib.workload

annotation := "hiroba.dev/image-signatures"

violation contains {"msg": msg, "details": {"image": container.image}} if {
	not workload.being_deleted
	some {"field": _, "container": container} in workload.containers
	not workload.exempt_image(container.image)
	not container.image in vouched_for
	msg := sprintf("container %q: no valid signature for the image %q in the annotation %s", [
		container.name, container.image, annotation,
	])
}

vouched_for contains payload.image if {
	some token in split(signatures, " ")
	count(token) < 2048
	some key in input.parameters.publicKeys
	io.jwt.verify_es256(token, key)
	[header, payload, _] := io.jwt.decode(token)
	header.typ == "hiroba-image+jwt"
}

signatures := workload.pod_template.metadata.annotations[annotation]
