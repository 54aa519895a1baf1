"""The provider library: rules, kinds, adapters, HTTP."""
