"""matcalc."""
