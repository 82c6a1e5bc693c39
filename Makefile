# The words people try. The work is done by scripts/; see there for options.
.DEFAULT_GOAL := help
.PHONY: help build run demo unit test lint fmt watch bench scorecard

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/outcry, with the frontend inside
	@./scripts/build

run: ## build and serve http://localhost:8080, with data in ./data
	@./scripts/run

demo: ## the same with a simulated outage, in a throw-away folder
	@./scripts/run --demo

unit: ## the fast tests: no servers, no browser, nothing to install
	@./scripts/unit

test: ## every test, as continuous integration runs them
	@./scripts/test

lint: ## check formatting and style of every language
	@./scripts/lint

fmt: ## format every language
	@./scripts/lint --fix

watch: ## serve, reload templates, styles and words at once, rebuild when code changes
	@./scripts/watch

bench: ## measure intake beside yardsticks
	@./scripts/bench

scorecard: ## measure the detector and write docs/scorecard*.md
	@./scripts/scorecard
