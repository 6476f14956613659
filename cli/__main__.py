"""`python -m cli`: the operator's command, `darkroom`."""

from cli.app import app

if __name__ == "__main__":
    app(prog_name="darkroom")
