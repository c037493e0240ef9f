# A pod sees its own files, network and processes, never the node's.
package hiroba.deny_host_access

import data.lib.workload

violation contains {"msg": msg, "details": {"field": field}} if {
	not workload.being_deleted
	some field in ["hostNetwork", "hostPID", "hostIPC"]
	workload.pod[field] == true
	msg := sprintf("%s must not be true", [field])
}

violation contains {"msg": msg, "details": {"volume": volume.name}} if {
	not workload.being_deleted
	some volume in workload.pod.volumes
	_ = volume.hostPath
	msg := sprintf("volume %q must not be a hostPath", [volume.name])
}

violation contains {"msg": msg, "details": {"container": container.name}} if {
	not workload.being_deleted
	some {"field": _, "container": container} in workload.containers
	some port in container.ports
	object.get(port, "hostPort", 0) != 0
	msg := sprintf("container %q must not take the hostPort %v", [container.name, port.hostPort])
}
