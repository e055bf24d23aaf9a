"""The suites that come with the kit, one YAML each; `mergekit_eval.run.suites` reads them."""
