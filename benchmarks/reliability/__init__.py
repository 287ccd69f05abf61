"""How hard skspike is to break: each command is a module of this folder with ``main(arguments)``; `make` has a target for each."""
