# No container gets more from the kernel than a plain process of an unprivileged user.
package hiroba.deny_privileged

import data.lib.workload

violation contains {"msg": msg, "details": {"container": container.name}} if {
	not workload.being_deleted
	some {"field": field, "container": container} in workload.containers
	not workload.exempt_image(container.image)
	some problem in problems(container)
	msg := sprintf("%s %q: %s", [field, container.name, problem])
}

problems(container) := {problem |
	context := object.get(container, "securityContext", {})
	some problem in ({"privileged must not be true" | context.privileged == true} |
		{"allowPrivilegeEscalation must be false" | object.get(context, "allowPrivilegeEscalation", true) != false} |
		{"capabilities.drop must hold ALL" | not drops_all(context)} |
		{sprintf("capability %s must not be added", [added]) | some added in object.get(object.get(context, "capabilities", {}), "add", [])} |
		{"runAsNonRoot must be true" | not runs_as_non_root(context)} |
		{"runAsUser must not be 0" | runs_as_root(context)} |
		{"hostProcess must not be true" | context.windowsOptions.hostProcess == true} |
		{"procMount must be Default" | object.get(context, "procMount", "Default") != "Default"} |
		{"seccompProfile must be RuntimeDefault or Localhost" | not has_seccomp(context)})
}

drops_all(context) if "ALL" in context.capabilities.drop

runs_as_non_root(context) if context.runAsNonRoot == true

runs_as_non_root(context) if {
	not has_key(context, "runAsNonRoot")
	workload.pod.securityContext.runAsNonRoot == true
}

runs_as_root(context) if context.runAsUser == 0

runs_as_root(context) if {
	not has_key(context, "runAsUser")
	workload.pod.securityContext.runAsUser == 0
}

has_seccomp(context) if context.seccompProfile.type in {"RuntimeDefault", "Localhost"}

has_seccomp(context) if {
	not has_key(context, "seccompProfile")
	workload.pod.securityContext.seccompProfile.type in {"RuntimeDefault", "Localhost"}
}

has_key(value, key) if _ = value[key]
