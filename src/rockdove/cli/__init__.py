"""The command line. One module a group of commands; `main` joins them."""
