"""`darkroom golden`: sets of photos whose truth is known."""

import typer

from cli.golden import adding, importing, listing

app = typer.Typer(
    help="Make sets of photos whose truth is known, for `darkroom evaluate`.",
    epilog="Example: darkroom golden add products/7.jpg --golden golden/shoes. Exit codes: 0 done; "
    "1 some photos were left out, or the set cannot be used so; 2 wrong usage.",
    no_args_is_help=True,
)
app.command(epilog=adding.EPILOG)(adding.add)
app.command(name="import", epilog=importing.EPILOG)(importing.import_)
app.command(name="list", epilog=listing.LIST)(listing.list_)
app.command(epilog=listing.FREEZE)(listing.freeze)
