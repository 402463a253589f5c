"""TOML 1.0: tomlkit, tomli, rtoml, and tomllib of the standard library as second parser."""
