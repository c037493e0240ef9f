# Finds the pod inside whatever is being admitted, so that a Deployment is refused at apply time and not first when
# its ReplicaSet fails to make pods.
package lib.workload

object := input.review.object

pod_template := {"metadata": object.metadata, "spec": object.spec} if object.kind == "Pod"

pod_template := object.spec.jobTemplate.spec.template if object.kind == "CronJob"

pod_template := object.spec.template if not object.kind in {"Pod", "CronJob"}

pod := pod_template.spec

# Every container that can run code, with the field it was found in.
containers contains {"field": field, "container": container} if {
	some field in ["containers", "initContainers", "ephemeralContainers"]
	some container in pod[field]
}

# Containers that serve for the life of the pod: the main ones and sidecars (init containers that keep running).
long_running contains container if some container in pod.containers

long_running contains container if {
	some container in pod.initContainers
	container.restartPolicy == "Always"
}

# An update of a pod that is being deleted must go through: it only removes finalizers.
being_deleted if object.metadata.deletionTimestamp

# An entry names one image exactly, or with `*` at its end all that begin so.
exempt_image(image) if image in input.parameters.exemptImages

exempt_image(image) if {
	some entry in input.parameters.exemptImages
	endswith(entry, "*")
	startswith(image, trim_suffix(entry, "*"))
}

# A list the constraint must give: a policy that was told nothing to ask for refuses, instead of allowing everything.
unset(name) if not input.parameters[name]

unset(name) if count(input.parameters[name]) == 0
