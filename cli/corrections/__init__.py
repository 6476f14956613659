"""`darkroom corrections`: what people corrected of results, in other tools and on the page."""

import typer

from cli.corrections import importing, listing

app = typer.Typer(
    help="Take corrections of results from other tools, and list them.",
    epilog="Example: darkroom corrections import annotations.json --who anna. Exit codes: 0 done; "
    "1 some photos were refused, or no answer from the cloud; 2 wrong usage.",
    no_args_is_help=True,
)
app.command(name="import", epilog=importing.EPILOG)(importing.import_)
app.command(name="list", epilog=listing.EPILOG)(listing.list_)
