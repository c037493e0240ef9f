# Every verb takes SERVICE=user|video|chat where that makes sense (empty: all) and CONFIG=debug|release. The work is in scripts/.
SERVICE ?=
CONFIG ?= debug
ENV ?= dev
CRDS ?=
export CONFIG ENV CRDS

.DEFAULT_GOAL := help
.PHONY: help up down reset status logs build build-alone test e2e chaos upload-chaos ban-flood timing-test rollout-test fuzz lint bench tour image image-test tools infra-tools \
	policy-test policy-sync infra-test tf-test tf-apply-local scan scan-tools publish pin deploy rollback deploy-tools changed kube-bench notify

help: ## list every verb
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  e.g. make build SERVICE=chat · make up CONFIG=release · make logs SERVICE=user"

up: ## start the whole platform on this machine and wait until it is ready (MONITORING=1: a Prometheus too)
	@scripts/up.sh

down: ## stop it; nothing is left running, nothing is lost
	@scripts/down.sh

reset: ## stop it and forget all its data and secrets
	@scripts/reset.sh

status: ## what runs, and whether it is ready
	@scripts/status.sh $(SERVICE)

logs: ## follow the logs
	@scripts/logs.sh $(SERVICE)

build: ## build the services' programs
	@scripts/build.sh $(SERVICE)

build-alone: ## build one service as its image does: a scratch folder of its own
	@scripts/build-alone.sh $(SERVICE)

test: ## run every test on private PostgreSQL and Redis servers
	@scripts/test.sh $(SERVICE)

e2e: ## drive the journey from outside, on a platform of its own, with kills in the middle
	@scripts/e2e.sh

chaos: ## e2e with two minutes of random kills (CHAOS_SECONDS, CHAOS_SEED)
	@CHAOS_SECONDS=$(or $(CHAOS_SECONDS),120) scripts/e2e.sh --filter RandomKill

upload-chaos: ## e2e with the client of a GiB killed 20 times (FILM_BYTES, CLIENT_KILLS), and 200 uploads while parts are killed (UPLOADS, CHAOS_SEED)
	@FILM_BYTES=$(or $(FILM_BYTES),1073741824) CLIENT_KILLS=$(or $(CLIENT_KILLS),20) UPLOADS=$(or $(UPLOADS),200) scripts/e2e.sh --filter 'KilledClient|UploadChaos'

ban-flood: ## e2e with 10,000 bans as fast as they are answered (BANS), and what they take to be felt
	@BANS=$(or $(BANS),10000) scripts/e2e.sh --filter BanFlood

timing-test: ## hold the time of answers about addresses with and without an account against each other
	@scripts/timing-test.sh

rollout-test: ## roll this commit out over an older one (FROM=COMMIT; else the last release), and back, with people on the platform
	@scripts/rollout-test.sh

fuzz: ## some 100,000 requests and frames of extreme values against all services; none may fail on our side
	@FUZZ_EVERY=1 scripts/e2e.sh --filter ExtremesTests

tour: ## run the commands of the README's tour against the running platform
	@scripts/check-readme.sh

.PHONY: browser-test
browser-test: ## sign in to the running platform with passkeys of a real Chromium and codes of another program, and play what was made of a film
	@scripts/browser-test.sh

.PHONY: api-test
api-test: ## hold the running services against their OpenAPI documents, as four kinds of callers (API_TEST_EXAMPLES=100: longer, API_TEST_SEED)
	@scripts/api-test.sh $(SERVICE)

lint: ## formats, shell scripts, workflows, imports, settings, API documents, gateway
	@scripts/lint.sh

bench: ## measure release builds; prints one table
	@scripts/bench.sh

image: ## build a service's image with docker, podman or buildah
	@scripts/image.sh $(SERVICE)

image-test: ## start the built images as a cluster does, beside PostgreSQL and Redis, and stop them again
	@scripts/image-test.sh $(SERVICE)

tools: ## install the tools of the local platform
	@scripts/install-tools.sh

infra-tools: ## install the checkers of infrastructure files
	@scripts/install-tools.sh infra

policy-test: infra-tools ## ask the admission policies about their samples
	@.local/venv-infra/bin/python -m pytest cicd/opa-policies/tests

policy-sync: ## write the .rego files into Gatekeeper's templates
	@python3 cicd/opa-policies/sync.py

infra-test: infra-tools ## render every overlay and check what would reach a cluster (CRDS=FOLDER: custom kinds by their CRDs too)
	@scripts/infra-test.sh

.PHONY: gateway-test monitoring-test
monitoring-test: ## ask the Prometheus of `make up MONITORING=1` what dashboards, rules and alerts ask
	@scripts/monitoring-test.sh

gateway-test: ## send the gateway on one machine, and what a cluster has, the same requests: each rule lets one by and stops another
	@scripts/gateway-test.sh

.PHONY: crds charts check-charts kind-test
check-charts: infra-tools ## put every pinned chart, and our manifests, before the tools of those who make them
	@scripts/check-charts.sh

kind-test: infra-tools ## bring the cloud half up in a cluster on this machine, go the journey, take it away (STEPS="up mesh" for some)
	@scripts/kind-test.sh $(STEPS)

crds: infra-tools ## fetch the CRDs of the pinned releases into CRDS=FOLDER
	@scripts/fetch-crds.sh $(CRDS)

charts: infra-tools ## render every pinned chart with ENV's values into CHARTS=FOLDER
	@scripts/render-charts.sh $(CHARTS)

.PHONY: bootstrap
bootstrap: ## install Argo CD in ENV's cluster and give it its root
	@scripts/bootstrap.sh $(ENV)

.PHONY: account tf-outputs write-secrets addons
account: ## put ENV's AWS account wherever it is named (ACCOUNT=twelve digits)
	@scripts/set-account.sh $(ENV) $(ACCOUNT)

tf-outputs: ## print what Terraform made in ENV and the overlays ask for
	@scripts/tf-outputs.sh

write-secrets: ## fill ENV's entries in Secrets Manager that are still empty
	@scripts/write-secrets.sh

addons: infra-tools ## ask whether ENV's charts could be installed (APPLY=--apply installs them)
	@scripts/install-addons.sh $(APPLY)

tf-test: ## hold Terraform's plan against our own rules, without AWS
	@scripts/tf-test.sh

tf-apply-local: infra-tools ## apply and destroy Terraform against a local imitation of AWS
	@scripts/tf-apply-local.sh

scan: infra-tools ## run the security scanners (SCANNERS="secrets kubernetes" for some); a table says what did not run
	@scripts/scan.sh $(SCANNERS)

scan-tools: ## install checkers that neither Debian nor PyPI has (TOOLS="trivy helm" for some)
	@scripts/install-scanners.sh $(TOOLS)

publish: ## push a service's archived images and sign them
	@scripts/publish-image.sh $(SERVICE)

pin: ## write a published image into an environment's overlay (ENV=dev|stg|prd)
	@scripts/pin-image.sh $(SERVICE) $(ENV)

deploy: ## bring a service of an environment to what git says, and wait until it is healthy
	@scripts/deploy.sh deploy $(ENV) $(SERVICE)

rollback: ## take a service of an environment back to what ran before
	@scripts/deploy.sh rollback $(ENV) $(SERVICE)

deploy-tools: ## install the client of the Argo CD at ARGOCD_SERVER
	@scripts/install-argocd.sh

changed: ## print which services differ from BASE
	@scripts/changed.sh $(BASE)

kube-bench: ## run the CIS benchmark on a node of the current cluster
	@scripts/kube-bench.sh

notify: ## tell Slack that a workflow failed
	@scripts/notify-slack.sh
