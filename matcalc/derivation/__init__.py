"""Derivations as data: rules, steps, and their replay."""
