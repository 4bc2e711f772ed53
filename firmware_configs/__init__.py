"""Device profiles (YAML), shipped as data so that they are there after `pip install` too."""
