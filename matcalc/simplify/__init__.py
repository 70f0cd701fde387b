"""Simplification: a normal form reached by directed, named rules."""
