# Every command is a task of scripts/tasks.py, which also runs without make.
PYTHON ?= python3
PORT ?= 8000
TASK = @$(PYTHON) scripts/tasks.py

help: ## List the commands
	@echo "make COMMAND, where COMMAND is one of:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

serve: ## Execute the notebooks, build the site, serve it with live reload (PORT=8000)
	$(TASK) serve --port $(PORT)

test: ## Check all that CI checks (ARGS="-k calibration" for some of it)
	$(TASK) test $(ARGS)

preview: ## Serve the pages at once, without executing notebooks
	$(TASK) preview --port $(PORT)

site: ## Build the site into site/
	$(TASK) site

lab: ## Open the notebooks in JupyterLab
	$(TASK) lab $(ARGS)

new: ## Scaffold a notebook: make new STEP=metrics SLUG=my-notebook
	$(TASK) new $(STEP) $(SLUG)

bench: ## Measure the build against its alternatives
	$(TASK) bench $(ARGS)

lock: ## Turn requirements*.in into requirements*.txt (ARGS=--upgrade for the newest)
	$(TASK) lock $(ARGS)

clean: ## Remove all that the commands made, the environment too
	$(TASK) clean

.PHONY: help serve test preview site lab new bench lock clean
