"""The language of scenarios: YAML files to checked settings."""
