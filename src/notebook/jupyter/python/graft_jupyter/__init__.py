"""What Graft tells Jupyter's Python programs of itself; graft_jupyter-0.1.0.dist-info names it to them (entry points).

Nothing is installed: src/setup/parts/jupyter-parts.mjs puts this folder on the path of the environment's Python.
"""
