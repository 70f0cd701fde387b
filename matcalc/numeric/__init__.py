"""Numbers: values of expressions, and verification of answers against the function itself.

Verification never uses the rules that it verifies: slopes come from values alone, by complex steps
or extrapolated differences. Nothing here reads how a record of the library is differentiated.
"""
