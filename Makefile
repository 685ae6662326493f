# What a developer does, by name. Nothing here needs more than the .NET SDK, Node and make; see CONTRIBUTING.md.
CONFIGURATION ?= Release
# What stands behind the Orleans API: Embedded, or Packages (docs/cluster.md).
RUNTIME ?= Embedded
SUITES ?=
export RUNTIME

.PHONY: build run test simulate verify bench image page clean

## Builds everything: the server, Keeper and the page.
build: page
	dotnet build Squad.Orleans.sln -c $(CONFIGURATION) -p:OrleansRuntime=$(RUNTIME) -v quiet -nologo

## Builds and serves Squad at http://127.0.0.1:5080, data under ./data.
run: page
	@eng/run.sh $(CONFIGURATION)

## Runs every test. As root on Debian it installs and starts what the tests need; elsewhere what is missing is skipped with a reason.
test:
	@eng/test.sh $(CONFIGURATION) $(SUITES)

## Runs seeds of the simulation: SEEDS=1000 many, SEED=n from this one on; one alone is told line by line (docs/simulation.md).
simulate:
	@dotnet build tests/Simulation -c $(CONFIGURATION) -v quiet -nologo
	@tests/Simulation/bin/$(CONFIGURATION)/net10.0/Squad.Simulation.Tests simulate $(or $(SEEDS),1) $(or $(SEED),1)

## What CI runs.
verify:
	@.ci/run

## Measures, and prints tables; docs/benchmarks.md keeps the last ones.
bench: build
	@eng/bench.sh $(CONFIGURATION) $(SUITES)

## Builds the image that sessions run in (needs Docker).
image:
	@eng/image.sh

page: ClientApp/dist/index.html

ClientApp/dist/index.html: $(shell find ClientApp/src ClientApp/public ClientApp/index.html ClientApp/*.json ClientApp/*.ts -type f 2>/dev/null)
	cd ClientApp && npm ci --no-audit --no-fund --loglevel=error && npm run build --silent
	@touch $@

clean:
	git clean -fdxq -e data
