"""Code that evaluates: expressions lowered to straight-line programs over arrays, and its targets.

lower.py     expressions to a program: what a matrix is made of is used, not built
chains.py    products of matrices in the cheapest order
tensors.py   derivatives in tensor layout, from their matrices
numpy.py     a program as Python source over NumPy and SciPy; jax.py, torch.py, dask.py,
             array_api.py, numba.py: over others
matlab.py    the same for MATLAB and Octave, to be read and pasted; julia.py: for Julia
compiled.py  the function that a user calls
"""

TARGETS = ("numpy", "jax", "torch", "dask", "array-api", "numba")  # a file each
EXPORTS = ("matlab", "octave", "julia")  # whose code is for elsewhere
