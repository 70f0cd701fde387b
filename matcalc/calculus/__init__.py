"""Differentials, and the Frobenius identities that turn them into gradients."""
